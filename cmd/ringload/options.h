// The command line of ringload.
#pragma once

#include "base/clock.h"
#include "base/expected.h"

#include <cstdint>
#include <span>
#include <string>

namespace ringside::load {

enum class Protocol { memcached, redis };

struct Options {
    bool help = false;
    std::string target;  // "host:port" or "/path"
    Protocol protocol = Protocol::memcached;

    std::uint32_t clients = 50;
    std::uint32_t pipeline = 1;   // requests sent at once by one client
    std::uint32_t multi_get = 1;  // keys of one get
    std::uint32_t keys = 10'000;
    std::uint32_t value_bytes = 100;
    double get_ratio = 0.9;
    std::string prefix = "ringload:";
    std::uint64_t seed = 1;

    // The run ends at whichever comes first.
    base::milliseconds duration{10'000};
    std::uint64_t requests = UINT64_MAX;
    base::milliseconds timeout{5000};

    bool warm = false;  // store all keys before the run
    bool verify_values = false;
    bool allow_errors = false;
    bool json = false;
    bool progress = false;
};

base::Expected<Options> parse_options(std::span<const char* const> arguments);

std::string help_text();

}  // namespace ringside::load
