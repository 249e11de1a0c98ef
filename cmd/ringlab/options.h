// The command line of ringlab.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "source_kind.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ringside::lab {

struct Options {
    bool help = false;

    // What to do, and its operands: "remove", "node-0002".
    std::vector<std::string> words;

    // Where the control socket is. Both sides must agree on it.
    std::string directory;

    // Of `start`.
    SourceKind source = SourceKind::elasticache;
    std::uint32_t nodes = 3;
    std::uint16_t port = 0;  // of what is asked for the nodes; 0: a free one
    std::string dnsmasq = "dnsmasq";
    std::uint32_t memory_mb = 64;
    std::string memcached = "memcached";
    bool localhost_names = false;
    base::milliseconds linger{5000};

    // Of `restart`.
    bool new_port = false;
    bool new_ip = false;

    // Of `status`.
    bool json = false;
};

base::Expected<Options> parse_options(std::span<const char* const> arguments);

std::string help_text();

}  // namespace ringside::lab
