// What asks a source for nodes, as a pure machine: when to ask, whom, what to fall back to, what to
// believe. It is told what has happened and says what to do. Sockets, lookups and timers are in
// SourceDriver, the same for all kinds of sources; the machines are in the table of
// source_machines.h.
//
// In the shape of Boost.MySQL's sans-io algorithms (include/boost/mysql/impl/internal/sansio).
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "config/source.h"
#include "discovery/name_book.h"
#include "discovery/source_facts.h"
#include "io/dns_answer.h"
#include "io/record_resolver.h"
#include "routing/membership.h"
#include "routing/node.h"

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ringside::discovery {

// --- what happens ---

// The first event, and the first again after a stop: no question is under way, no name in use, no
// wake-up due. What was learnt of the source stays.
struct Started {
    config::Source settings;
};
// Somebody wants to know now. If it is for agreement a list is told also when it is the last one
// again, though a part of the source fails: how often it is said is what matters. By an operator's
// word the next answer counts though it is the past by its version, once; where lists have no
// version that means nothing.
struct RefreshAsked {
    bool for_agreement = false;
    bool accept_older = false;
};
// Other settings of the same source.
struct SettingsChanged {
    config::Source settings;
};
// The members as the controller took them over: other places to ask if the source fails.
struct MembersKnown {
    routing::Membership members;
    std::string source = {};  // who has listed them, perhaps before the start: config::describe()
};
// The question that was asked last has ended: a whole answer, or why there is none. One that stays
// may be answered again.
struct Answered {
    base::Expected<std::string> bytes;
    unsigned status = 0;           // of an HttpsQuestion: HTTP's
    base::seconds retry_after{0};  // of the same: the server asks not to come again before
};
// The next part of the answer to an HttpsQuestion that stays, which the server has accepted. The
// first may be empty: the answer has begun.
struct PartCame {
    std::string bytes;
};
// The same of a RecordQuestion: one result for each of its wishes, in their order.
struct RecordsAnswered {
    std::vector<io::RecordResult> results;
    io::SearchList search_list;             // as resolv.conf has it now
    std::vector<std::string> servers = {};  // whose word each is, as RecordResolver::Answer
};
// What is known of a name in use; comes soon for each, then whenever it was looked up again.
struct NameTold {
    std::string host;
    NameState state;
    bool failed = false;  // this lookup found nothing; the last good addresses stand
};
// It is as late as was wished.
struct TimeCame {};

using SourceEvent = std::variant<Started, RefreshAsked, SettingsChanged, MembersKnown, Answered,
                                 RecordsAnswered, PartCame, NameTold, TimeCame>;

// --- what to do ---

// Bytes for a node, on a connection of their own (discovery/exchange.h).
struct NodeQuestion {
    std::vector<routing::Address> addresses;  // IPs or a unix path, in the order to try; not empty
    std::string bytes;
    bool (*is_whole)(std::string_view answer);  // looks at all bytes received so far
    base::milliseconds timeout;                 // for connection and answer together
    std::string_view why_no_byte = {};          // as Exchange::Request's; a literal
};

// Records of names in DNS (io/record_resolver.h). None: only the search list is wanted.
struct RecordQuestion {
    std::vector<io::RecordWish> wishes;
    base::milliseconds timeout;  // for all together
};

// What a file says now and, as this question stays until another takes its place, whenever it has
// changed (discovery/file_reading.h).
struct FileQuestion {
    std::string path;
    std::size_t bytes_max;  // of a larger file one byte more comes
};

// A GET over HTTPS with a bearer's token, on a connection of its own (discovery/https_asking.h). If
// it stays its answer comes in parts, with Answered as its end; else as a whole.
struct HttpsQuestion {
    std::vector<routing::Address> addresses;  // IPs, in the order to try
    std::string host;                         // whom the other side has to be; without a port
    std::string target;                       // percent-encoded
    std::string token_file;                   // read for each question, as are those of `tls`
    config::TlsConfig tls;
    base::milliseconds timeout{0};      // for connection and whole answer, or the begin of one
    base::milliseconds silence_max{0};  // between two parts; 0: for ever
    std::size_t body_bytes_max = 0;     // over it: malformed
    bool stays = false;
};

// Nothing: the one under way is ended.
struct NoQuestion {};

// A kind for each wire; who asks it is SourceDriver's matter.
using Question =
    std::variant<NoQuestion, NodeQuestion, RecordQuestion, FileQuestion, HttpsQuestion>;

// Whatever is not set stays as it is.
struct SourceActions {
    // Names to be looked up, these and no others.
    std::optional<std::set<std::string>> names = std::nullopt;
    // Instead of the question that is under way, if there is one.
    std::optional<Question> ask = std::nullopt;
    // Instead of what was wished before; kNever: not at all.
    std::optional<base::TimePoint> wake_at = std::nullopt;
    // A complete list, never a delta; or that the source did not give a usable one: then the last
    // list stands, and the controller counts and logs. Of errors `not_found` means that the source
    // is well and says that there are no nodes: the list stands for a while (`hold`). No other
    // error means that, and a source that cannot be asked or understood never says it.
    std::optional<base::Expected<routing::Membership>> tell = std::nullopt;
    // What is known of the source by now, instead of what was known before.
    std::optional<SourceFacts> facts = std::nullopt;
    // A line for people; empty: none.
    std::string log = {};
};

// Owned by a SourceDriver.
class SourceMachine {
  public:
    virtual ~SourceMachine() = default;

    // Requires: time does not go back.
    [[nodiscard]] virtual SourceActions resume(const SourceEvent& event, base::TimePoint now) = 0;
};

}  // namespace ringside::discovery
