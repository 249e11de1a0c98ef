// Host names to addresses without a thread and without blocking: c-ares on the control thread's
// loop.
//
// Owned by App; control thread only. Literals, /etc/hosts, `localhost` and what was found lately
// are answered without asking anybody. Otherwise one question per name is under way, however many
// want to know; none waits for another's answer. What is found is kept for its TTL, so a lookup
// that took longer than its asker could wait still counts for the next one.
#pragma once

#include "base/limits.h"
#include "io/event_loop.h"
#include "io/lookup_result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace ringside::io {

class NameResolver {
  public:
    struct Options {
        // A nameserver that is silent for this long is passed over for the next one; twice as long
        // in the second round, and so on, for `tries` rounds. With the defaults a single server has
        // 14 s to answer, and a second one is asked after 2 s.
        base::milliseconds try_timeout{2000};
        int tries = 3;
        // From ask() to the answer, whatever the above says.
        base::milliseconds lookup_limit = base::kNameLookupMax;
        // When IPv4 addresses are known and the question for IPv6 is still open, or the other way
        // round: some nameservers never answer one of the two.
        base::milliseconds other_family_wait{1000};
        // Nameservers, search domains and ndots. Read again after it has changed, by the next
        // lookup. Without it: 127.0.0.1.
        std::string resolv_conf = "/etc/resolv.conf";
        // Read again after it has changed.
        std::string hosts = "/etc/hosts";
        // "127.0.0.1:5353,[::1]:53,[fe80::1%eth0]:53": instead of the nameservers of resolv.conf.
        std::string servers{};
        // Of nameservers that are named without a port.
        std::uint16_t port = 53;
    };

    struct Counters {
        std::uint64_t asked = 0;       // calls of ask()
        std::uint64_t local = 0;       // of these, answered by a literal, the hosts file, localhost
        std::uint64_t from_cache = 0;  // of these, answered by what was found before
        std::uint64_t lookups = 0;     // names for which nameservers were asked
        std::uint64_t answered = 0;    // of these, the ones that have found addresses
        // Lookups that have not, and names that are not asked for; by LookupProblem.
        std::array<std::uint64_t, kLookupProblems> failed{};
    };

    using OnFound = std::function<void(const LookupResult&)>;

    // One question that waits for its answer. Dropping the pointer means that nobody is told; the
    // lookup goes on, and what it finds is kept.
    struct Question;
    using QuestionPtr = std::shared_ptr<Question>;

    // `loop` outlives the NameResolver.
    explicit NameResolver(EventLoop& loop, Options options);
    explicit NameResolver(EventLoop& loop) : NameResolver(loop, Options()) {}
    // Open questions are dropped without a call. May happen inside an OnFound.
    ~NameResolver();

    NameResolver(const NameResolver&) = delete;
    NameResolver& operator=(const NameResolver&) = delete;

    // Calls `on_found` on the loop's thread, later, never inside ask(); after `lookup_limit` at the
    // latest. `host`: a name or an IP. The order of addresses: those that this host has a route to
    // first; of these as RFC 6724 (10.3) prefers them, IPv6 before IPv4 before local IPv6; else as
    // the nameserver has it. Those of the hosts file are in its order.
    [[nodiscard]] QuestionPtr ask(const std::string& host, OnFound on_found);

    // What was found of this name may be over before its time: the next ask() has it looked up.
    void doubt(const std::string& host) noexcept;

    const Counters& counters() const noexcept;

  private:
    struct State;
    std::shared_ptr<State> state_;  // what is posted holds it weakly
};

}  // namespace ringside::io
