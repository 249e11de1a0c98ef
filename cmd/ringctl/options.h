// The command line of ringctl.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "routing/node.h"
#include "view.h"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::ctl {

struct OptionRow;

// What --print-docs prints.
enum class Docs : std::uint8_t { none, markdown, man };

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
    std::vector<std::string> add, remove, weight, eject, restore;
};

// What the environment says where the command line does not. Empty: nothing.
struct Environment {
    std::string_view admin;       // RINGCTL_ADMIN
    std::string_view token_file;  // RINGSIDE_TOKEN_FILE
};

struct Options {
    // What to do, and its operands: "locate", "sessions", "user:1".
    std::vector<std::string> words;
    // In their order: which verbs they go with is known when the verb is.
    std::vector<const OptionRow*> given;

    bool help = false;
    bool version = false;
    Docs print_docs = Docs::none;

    // Who is asked; neither: the default port, or the process that is found.
    std::optional<routing::Address> admin;
    std::optional<pid_t> pid;
    // Holds the token that the admin API asks for; empty: none is shown.
    std::string token_file;
    base::milliseconds timeout{10'000};

    View view;
    // Between two readings; without: one.
    std::optional<base::milliseconds> watch;
    // Readings, or events; without: no end.
    std::optional<std::uint64_t> count;

    // Of `ring`.
    bool summary = false;
    bool points = false;
    // Of `locate`.
    bool from_stdin = false;
    // Of verbs that change something.
    std::string duration;  // as written; empty: until restored
    std::string reason;
    std::string author;
    bool force = false;
    bool dry_run = false;
    // Of `drain`, for how long; without: not at all.
    std::optional<base::milliseconds> wait;
    // Of `keys`; without: as many as the API tells.
    std::optional<std::uint32_t> limit;
    // Of `refresh`.
    bool accept_older = false;
    Comparing comparing;
    WhatIfOptions what_if;
};

// Which verbs an option says something to.
enum class Scope : std::uint8_t {
    alone,    // none: it is about ringctl
    all,      // every one
    asking,   // those that ask the API, and show its answer
    reading,  // those that read, which can do so again and again
    named,    // those that name it in their row (verbs.cpp)
};

struct OptionRow {
    std::string_view name;  // "--admin"
    // What follows, as the help shows it: "ADDR". "[=TIME]": may be left out, and only with '='.
    std::string_view argument;
    std::string_view help;
    base::Status (*apply)(Options& options, std::string_view argument);
    Scope scope = Scope::named;
    char letter = '\0';  // 'o': -o is the same

    bool needs_argument() const noexcept { return !argument.empty() && argument.front() != '['; }
};

// In the order of the help.
std::span<const OptionRow> option_rows() noexcept;

// "--output", or its letter as "-o"; null: there is none.
const OptionRow* find_option(std::string_view name) noexcept;

// Options may stand anywhere; "--" ends them.
base::Expected<Options> parse_options(std::span<const char* const> arguments,
                                      const Environment& environment);

}  // namespace ringside::ctl
