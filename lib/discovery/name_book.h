// The addresses of host names: the last good ones, and when to ask again. Pure: no sockets, no
// clock; names to ask are handed out, answers come in.
//
// A name that does not resolve keeps its last good addresses: a DNS server that fails says nothing
// about the node, and at worst the node is not there any more, which its links find out. Owned by
// Names.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::discovery {

// What is known of a name.
struct NameState {
    std::vector<std::string> ips =
        {};  // the last good ones, in the order to try; never with a port
    // Why the last lookup found none; static text. Empty: it did, or is the first and under way.
    std::string_view problem = {};
    base::TimePoint problem_since{};  // the first failure of the streak, while there is a problem

    // Nobody has said anything yet.
    bool is_pending() const noexcept { return ips.empty() && problem.empty(); }
};

// What one lookup has led to: addresses, or a problem.
struct NameAnswer {
    std::vector<std::string> ips = {};
    base::milliseconds ttl{0};      // of the addresses
    std::string_view problem = {};  // static text; empty: there are addresses
};

// What an answer has changed.
enum class NameNews : std::uint8_t {
    none,
    found,    // the first addresses
    changed,  // other addresses than before
    lost,     // the first failure of a streak
    back,     // the streak is over
};

class NameBook {
  public:
    // Addresses are asked for again when their time to live is over, within these bounds: 0 would
    // mean to ask without end, and a day that a corrected record is not noticed for a day.
    static constexpr base::milliseconds kTtlMin{1'000};
    static constexpr base::milliseconds kTtlMax{300'000};
    // After a failure: soon, then later each time. Sooner while no address is known, as requests
    // fail meanwhile.
    static constexpr base::milliseconds kRetryMin{1'000};
    static constexpr base::milliseconds kRetryMax{30'000};
    static constexpr base::milliseconds kRetryMaxWithoutAddress{5'000};

    // A name to know from now on: due at once. No-op if it is known.
    void add(const std::string& host);
    // Forgets it. An answer that comes later is ignored.
    void remove(const std::string& host);

    // The names to ask now. Each is handed out once and waits for its answer then, however long.
    std::vector<std::string> take_due(base::TimePoint now);
    // kNever: no name waits for its time.
    base::TimePoint next_deadline() const noexcept;

    NameNews on_answer(const std::string& host, NameAnswer answer, base::TimePoint now);

    // Somebody has reason to doubt the addresses: the name is due at once, but not twice within
    // kRetryMin.
    void ask_again(const std::string& host);

    // Null if the name is not in the book.
    const NameState* find(const std::string& host) const noexcept;

  private:
    struct Entry {
        NameState state;
        bool asked = false;  // the answer is awaited
        base::TimePoint ask_at = base::TimePoint::min();
        base::TimePoint answered_at{};
        bool has_answered = false;
        base::milliseconds retry{0};  // the pause after the last failure of a streak
    };

    NameNews on_addresses(Entry& entry, NameAnswer answer, base::TimePoint now);
    NameNews on_problem(Entry& entry, std::string_view problem, base::TimePoint now);

    std::map<std::string, Entry> entries_;
};

}  // namespace ringside::discovery
