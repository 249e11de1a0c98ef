// c-ares (1.18.1), fenced in: one channel, its sockets in the loop, questions for records of a
// name.
//
// Owned by a NameResolver or a RecordResolver; control thread only. c-ares reads resolv.conf once,
// when the channel is made. It sends a question again and to other nameservers, goes on to TCP when
// an answer was cut off, and takes only answers that come from the server, with the id and to the
// question asked. c-ares is never called from inside one of its own calls, and nobody else is: what
// it says is copied and posted (its releases have had several faults there).
#pragma once

#include "base/clock.h"
#include "io/dns_answer.h"
#include "io/event_loop.h"
#include "io/lookup_result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ringside::io {

enum class IpFamily : std::uint8_t { ipv4, ipv6 };

class AresChannel {
  public:
    struct Options {  // see NameResolver::Options
        base::milliseconds try_timeout;
        int tries;
        std::string resolv_conf;
        std::string servers;
        std::uint16_t port;
        // The nameserver that is not asked, as OnRecords names it. Of no effect if there is but
        // one.
        std::string without{};
    };
    // Addresses as the nameserver has ordered them; their TTL as it stands in the records, >= 0.
    using OnAnswer = std::function<void(const LookupResult&)>;
    // All records of the name; their TTL as it stands there, >= 0. `server`: whose word it is, as
    // "10.0.0.2:53"; empty: nobody's.
    using OnRecords = std::function<void(const RecordResult&, const std::string& server)>;

    // `loop` outlives it.
    AresChannel(EventLoop& loop, const Options& options);
    // Open questions are dropped without a call. Not to happen inside of c-ares, which calls nobody
    // but this file.
    ~AresChannel();

    AresChannel(const AresChannel&) = delete;
    AresChannel& operator=(const AresChannel&) = delete;

    // False if c-ares could not start: resolv.conf may not be read, or memory is out. All questions
    // are answered with server_failure then.
    bool is_open() const noexcept;

    // Asks for A or AAAA records of a full name. Calls `on_answer` later, from the loop.
    void ask(const std::string& full_name, IpFamily family, OnAnswer on_answer);
    // The same for a membership: every record, read by read_dns_answer().
    void ask_records(const std::string& full_name, RecordType type, OnRecords on_records);

    // As resolv.conf or the host's own name has them.
    const std::vector<std::string>& search_domains() const noexcept;
    std::size_t ndots() const noexcept;

  private:
    struct State;
    std::shared_ptr<State> state_;  // pending waits hold it weakly
};

}  // namespace ringside::io
