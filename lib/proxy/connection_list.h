// What a worker tells of its connections: sessions or links, one page at a time. Pure.
//
// A page is put together between two events of a turn, so it is bounded: in rows, and in slots that
// are looked at. Who wants all asks for page after page; what is there all the while is in exactly
// one of them, what comes or goes meanwhile in at most one.
#pragma once

#include "base/clock.h"
#include "base/slab.h"
#include "proxy/transport.h"
#include "routing/snapshot.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringside::proxy {

struct Link;
struct Session;

// Of one page: some ten microseconds of a worker, and as much again for what its transport adds.
inline constexpr std::size_t kConnectionRowsMax = 256;
inline constexpr std::size_t kConnectionSlotsMax = 1'024;

struct ConnectionRow {
    Peer::Side side = Peer::Side::session;  // a client's, or one to a node
    // Of a session: what the client is told as its id. Of a link: no other one that is open has it.
    std::uint64_t id = 0;
    routing::PoolId pool = 0;
    routing::NodeId node = 0;                     // of a link
    base::Duration age{};                         // since it was accepted, or first dialled
    std::size_t in_flight = 0;                    // requests without a complete answer
    std::string name = {};                        // of a session: what its client calls itself
    std::optional<ConnectionId> connection = {};  // none: no address of the node is known
    std::string peer = {};  // the address of a link; of a session as what follows

    // Known to the transport alone, whose owner fills it in.
    std::uint64_t received_bytes = 0;
    std::uint64_t sent_bytes = 0;
};

struct ConnectionQuestion {
    Peer::Side side = Peer::Side::session;
    std::uint32_t begin = 0;                    // 0, or ConnectionPage::next of the page before
    std::size_t rows_max = kConnectionRowsMax;  // more are never given
};

struct ConnectionPage {
    std::vector<ConnectionRow> rows;
    std::optional<std::uint32_t> next;  // nothing: this was the last one; a page may be empty
};

// Adds to `page`; allocates no more than names of clients need if its rows have room for as many as
// are wanted.
void list_sessions(base::Slab<Session>& sessions, const ConnectionQuestion& question,
                   base::TimePoint now, ConnectionPage& page);
void list_links(base::Slab<Link>& links, const ConnectionQuestion& question, base::TimePoint now,
                ConnectionPage& page);

}  // namespace ringside::proxy
