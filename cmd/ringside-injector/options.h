// The command line of ringside-injector: its options, a list for each verb that has some.
#pragma once

#include "base/clock.h"
#include "base/command_line.h"
#include "base/log.h"
#include "config/config.h"
#include "routing/node.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ringside::injector {

// How documents that are changed are written.
enum class Form : std::uint8_t { as_it_came, yaml, json };

struct Options {
    bool help = false;
    std::vector<std::string> words;  // behind the verb

    std::string template_file;  // empty: the one that is built in
    // Of inject and uninject.
    std::vector<std::string> files;  // "-": standard input
    Form form = Form::as_it_came;

    // Of serve.
    std::optional<config::Listen> listen;
    std::string cert_file, key_file;
    std::optional<config::Listen> probes;
    base::LogFormat log_format = base::LogFormat::text;
    base::LogLevel log_level = base::LogLevel::info;
    base::milliseconds drain{5'000};
    std::optional<bool> events;  // without: if there is an API server
    std::optional<routing::Address> api_server;
    std::string token_file = "/var/run/secrets/kubernetes.io/serviceaccount/token";
    std::string ca_file = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";
};

using OptionRow = base::Option<Options>;

std::span<const OptionRow> inject_options() noexcept;
std::span<const OptionRow> uninject_options() noexcept;
std::span<const OptionRow> serve_options() noexcept;

}  // namespace ringside::injector
