// What has happened so far.
#pragma once

#include "base/clock.h"
#include "histogram.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace ringside::load {

struct Tally {
    std::uint64_t requests = 0;  // answered, rightly or with an error
    std::uint64_t gets = 0;
    std::uint64_t sets = 0;
    std::uint64_t hits = 0;  // keys of gets
    std::uint64_t misses = 0;
    std::uint64_t errors = 0;  // error replies
    std::uint64_t wrong = 0;   // replies that are not the answer to their request
    std::uint64_t lost = 0;    // requests whose connection closed, or whose time ran out
    std::uint64_t reconnects = 0;

    // Error replies by their text, the first kErrorTextsMax different ones.
    static constexpr std::size_t kErrorTextsMax = 8;
    std::map<std::string, std::uint64_t, std::less<>> error_texts;
    std::string first_wrong;  // what was asked and what came, for a person
    std::string first_loss;   // the operating system's reason

    Histogram latency;
    base::microseconds elapsed{0};
    base::microseconds cpu{0};  // of ringload itself

    void add_error(std::string_view text) {
        ++errors;
        const auto known = error_texts.find(text);
        if (known != error_texts.end()) {
            ++known->second;
        } else if (error_texts.size() < kErrorTextsMax) {
            error_texts.emplace(text, 1);
        }
    }

    // Every reply was right.
    bool clean(bool allow_errors) const noexcept {
        return wrong == 0 && lost == 0 && (errors == 0 || allow_errors);
    }
};

}  // namespace ringside::load
