// The command line of ringctl.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "routing/node.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::ctl {

// What `compare` compares; a path that is empty was not given.
struct Comparing {
    std::string with;      // the configuration to compare with
    std::string file;      // the other one; empty: the running proxy
    std::string pool;      // empty: all
    std::string key_file;  // empty: sample keys
    std::optional<std::uint32_t> key_count;
};

// What `what-if` imagines.
struct WhatIfOptions {
    std::string config;  // a file; empty: the running proxy
    std::vector<std::string> add, remove, weight;
};

struct Options {
    bool help = false;
    bool version = false;

    // What to do, and its operands: "locate", "sessions", "user:1".
    std::vector<std::string> words;

    routing::Address admin;
    base::milliseconds timeout{10'000};
    bool json = false;

    // Of `ring`.
    bool summary = false;
    // Of `locate`.
    bool from_stdin = false;
    // Of `eject`.
    std::string duration;  // as written; empty: until restored
    bool force = false;
    bool dry_run = false;
    // Of `refresh`.
    bool accept_older = false;
    // Of `compare`.
    Comparing comparing;
    // Of `what-if`.
    WhatIfOptions what_if;
};

// `admin_default` is the environment's RINGCTL_ADMIN; empty: where a proxy listens by default.
base::Expected<Options> parse_options(std::span<const char* const> arguments,
                                      std::string_view admin_default);

// The options' part of --help.
std::string option_help();

}  // namespace ringside::ctl
