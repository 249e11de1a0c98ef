// The options of the command line, one row for each: for app/options.cpp, which reads them, and
// app/manual.cpp, which writes them down.
#pragma once

#include "app/options.h"
#include "base/command_line.h"
#include "base/expected.h"
#include "base/parse.h"
#include "config/address_text.h"
#include "config/schema.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ringside::app {

struct OptionRow {
    const char* name;         // "conf-file", for getopt_long and with -- before it
    char letter;              // 0: none
    const char* argument;     // as --help shows it; null: none
    const char* environment;  // null: only on the command line
    const char* default_text;
    const char* help;
    base::Status (*apply)(Options& options, std::string_view argument);
    const char* key = nullptr;  // of `ringside:` in the file, before which it goes
};

inline base::Status choose(Options& options, Action action) {
    options.action = std::max(options.action, action);
    return base::Done{};
}

inline base::Status tell(Options& options, bool Told::*what) {
    options.told.*what = true;
    return choose(options, Action::tell);
}

// nc.c, NC_MBUF_SIZE and its bounds.
inline constexpr std::uint32_t kMbufBytesMin = 512;
inline constexpr std::uint32_t kMbufBytesMax = 16'777'216;

// Kubernetes sets variables like RINGSIDE_STATS_PORT=tcp://10.0.0.1:22222 for a Service that is
// called ringside-stats ("Accessing the Service: environment variables"): not meant for us.
inline bool is_service_link(std::string_view text) noexcept {
    return text.starts_with("tcp://") || text.starts_with("udp://") || text.starts_with("sctp://");
}

template <std::unsigned_integral Number>
inline base::Status set_number(std::string_view text, Number min, Number max,
                               std::optional<Number>& destination) {
    Number number = 0;
    const base::Status status = base::parse_number(text, min, max, number);
    if (status) {
        destination = number;
    }
    return status;
}

inline base::Status set_switch(std::string_view text, std::optional<bool>& destination) {
    const bool on = text == "1" || text == "true";
    if (!on && text != "0" && text != "false") {
        return base::Error{base::Errc::invalid_argument,
                           fmt::format("'{}' is not one of 1, true, 0, false", text)};
    }
    destination = on;
    return base::Done{};
}

// On the command line it is enough that the option is there.
inline base::Status set_daemonize(Options& options, std::string_view text) {
    std::optional<bool> on = true;
    const base::Status status = text.empty() ? base::Status(base::Done{}) : set_switch(text, on);
    options.daemonize = *on;
    return status;
}

// Through the key of `ringside:` that the option goes before.
template <typename Field>
inline base::Status set_by_key(std::string_view key, std::string_view text,
                               Field config::ProcessConfig::*field,
                               std::optional<Field>& destination) {
    config::ProcessConfig process;
    const base::Status status = config::set_process_key(process, key, text);
    if (status) {
        destination = std::move(process.*field);
    }
    return status;
}

// nutcracker's form: no port, and a path is a unix socket.
inline base::Expected<config::Listen> stats_listen(std::string_view host, std::uint16_t port) {
    return config::parse_listen(host.starts_with('/') ? std::string(host)
                                                      : fmt::format("{}:{}", host, port));
}

inline base::Status set_stats_addr(Options& options, std::string_view text) {
    if (const auto listen = stats_listen(text, config::kDefaultStatsPort); !listen) {
        return listen.error();
    }
    options.stats_addr = text;
    return base::Done{};
}

// nc_log.c, log_init: higher numbers are as the highest.
inline base::Status set_verbosity(Options& options, std::string_view text) {
    std::uint64_t number = 0;
    const base::Status status = base::parse_number(text, std::uint64_t{0}, UINT64_MAX, number);
    if (status) {
        options.verbosity =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(number, base::kVerbosityMax));
    }
    return status;
}

inline base::Status set_docs_topic(Options& options, std::string_view text) {
    options.docs_topic = text;
    return choose(options, Action::print_docs);
}

inline base::Status set_discover_pool(Options& options, std::string_view text) {
    options.discover_pool = text;
    return choose(options, Action::discover);
}

inline base::Status set_wait_max(Options& options, std::string_view text) {
    options.wait_max = base::parse_duration(text, base::seconds(1));
    return options.wait_max ? base::Status(base::Done{})
                            : base::Error{base::Errc::invalid_argument,
                                          fmt::format("'{}' is not a time such as 25s", text)};
}

inline constexpr const char* kStatsKey = "stats";  // host and port are options of their own

inline constexpr std::array kOptionRows{
    OptionRow{"help", 'h', nullptr, nullptr, nullptr, "this text",
              [](Options& options, std::string_view) { return tell(options, &Told::help); }},
    OptionRow{"version", 'V', nullptr, nullptr, nullptr, "the version",
              [](Options& options, std::string_view) { return tell(options, &Told::version); }},
    OptionRow{
        "test-conf", 't', nullptr, nullptr, nullptr, "check the configuration file and exit",
        [](Options& options, std::string_view) { return choose(options, Action::test_config); }},
    OptionRow{
        "explain-config", 0, nullptr, nullptr, nullptr,
        "print every setting, its value and who has set it",
        [](Options& options, std::string_view) { return choose(options, Action::explain_config); }},
    OptionRow{"describe-stats", 'D', nullptr, nullptr, nullptr, "what the statistics mean",
              [](Options& options, std::string_view) { return tell(options, &Told::stats); }},
    OptionRow{"daemonize", 'd', nullptr, "RINGSIDE_DAEMONIZE", nullptr,
              "run in the background; returns when clients can connect", set_daemonize},
    OptionRow{"takeover", 0, nullptr, nullptr, nullptr,
              "take the place of the proxy that runs with this file, without refusing anybody; "
              "start as ever if there is none",
              [](Options& options, std::string_view) {
                  options.takes_over = true;
                  return base::Status(base::Done{});
              }},
    OptionRow{"conf-file", 'c', "FILE", "RINGSIDE_CONF_FILE", "/etc/ringside/ringside.yml",
              "the configuration file",
              [](Options& options, std::string_view text) {
                  return base::take_text(text, options.conf_file);
              }},
    OptionRow{"verbose", 'v', "N", "RINGSIDE_VERBOSE", "5",
              "what is logged: 0..3 errors, 4 warnings, 5..6 events, from 7 on details",
              set_verbosity},
    OptionRow{"output", 'o', "FILE", "RINGSIDE_OUTPUT", nullptr, "the log file; stderr without",
              [](Options& options, std::string_view text) {
                  return base::take_text(text, options.log_file);
              }},
    OptionRow{"log-format", 0, "FORMAT", "RINGSIDE_LOG_FORMAT", nullptr,
              "text or json; instead of `log_format` in the file",
              [](Options& options, std::string_view text) {
                  return set_by_key("log_format", text, &config::ProcessConfig::log_format,
                                    options.log_format);
              },
              "log_format"},
    OptionRow{"pid-file", 'p', "FILE", "RINGSIDE_PID_FILE", nullptr,
              "holds the process id while it runs",
              [](Options& options, std::string_view text) {
                  return base::take_text(text, options.pid_file);
              }},
    OptionRow{"stats-port", 's', "N", "RINGSIDE_STATS_PORT", nullptr,
              "port of the statistics; instead of that of `stats` in the file",
              [](Options& options, std::string_view text) {
                  return set_number<std::uint16_t>(text, 1, UINT16_MAX, options.stats_port);
              },
              kStatsKey},
    OptionRow{"stats-addr", 'a', "ADDRESS", "RINGSIDE_STATS_ADDR", nullptr,
              "their host, or the /PATH of a unix socket", set_stats_addr, kStatsKey},
    OptionRow{"stats-interval", 'i', "MS", "RINGSIDE_STATS_INTERVAL", nullptr,
              "accepted for nutcracker's sake: statistics are always fresh",
              [](Options& options, std::string_view text) {
                  return set_number<std::uint64_t>(text, 0, UINT64_MAX, options.stats_interval_ms);
              }},
    OptionRow{"mbuf-size", 'm', "BYTES", "RINGSIDE_MBUF_SIZE", nullptr,
              "accepted for nutcracker's sake: buffers have no fixed size",
              [](Options& options, std::string_view text) {
                  return set_number(text, kMbufBytesMin, kMbufBytesMax, options.mbuf_bytes);
              }},
    OptionRow{"workers", 0, "N", "RINGSIDE_WORKERS", nullptr,
              "threads, or auto; instead of `workers` in the file",
              [](Options& options, std::string_view text) {
                  return set_by_key("workers", text, &config::ProcessConfig::workers,
                                    options.workers);
              },
              "workers"},
    OptionRow{"admin", 0, "ADDRESS", "RINGSIDE_ADMIN", nullptr,
              "of the admin API; instead of `admin` in the file",
              [](Options& options, std::string_view text) {
                  return set_by_key("admin", text, &config::ProcessConfig::admin, options.admin);
              },
              "admin"},
    OptionRow{"strict-twemproxy", 0, "0|1", "RINGSIDE_STRICT_TWEMPROXY", nullptr,
              "1: pools without the key `strict_twemproxy` close where nutcracker does",
              [](Options& options, std::string_view text) {
                  return set_switch(text, options.strict_twemproxy);
              }},
    OptionRow{"discover", 0, "POOL", nullptr, nullptr,
              "ask the pool's sources once, print their nodes, exit with 0 if it would have some",
              set_discover_pool},
    OptionRow{"ready", 0, nullptr, nullptr, nullptr,
              "with healthcheck: whether it is ready, not only whether it lives",
              [](Options& options, std::string_view) {
                  options.is_ready_asked = true;
                  return base::Status(base::Done{});
              }},
    OptionRow{"wait", 0, nullptr, nullptr, nullptr,
              "with drain: return when no client is connected",
              [](Options& options, std::string_view) {
                  options.waits = true;
                  return base::Status(base::Done{});
              }},
    OptionRow{"wait-max", 0, "TIME", nullptr, nullptr,
              "with drain: give up then, such as 25s, and exit with 1; without end if not given",
              set_wait_max},
    OptionRow{"admin-token-file", 0, "FILE", "RINGSIDE_TOKEN_FILE", nullptr,
              "with drain: holds the admin API's token; else `admin_token_file` in the file says",
              [](Options& options, std::string_view text) {
                  return base::take_text(text, options.token_file);
              }},
    OptionRow{"print-config-schema", 0, nullptr, nullptr, nullptr,
              "print the JSON Schema of the configuration file, for editors and checks",
              [](Options& options, std::string_view) { return set_docs_topic(options, "schema"); }},
    OptionRow{"print-docs", 0, "TOPIC", nullptr, nullptr,
              "print a document, such as config (markdown) or man (the manual page)",
              set_docs_topic},
};

// What may stand before the options, for a proxy that runs with the same configuration.
struct Command {
    std::string_view name;
    Action action;
    std::string_view help;
};
inline constexpr auto kCommands = std::to_array<Command>({
    {"healthcheck", Action::check_health,
     "ask the running proxy whether it is well; for probes: exits with 0 or 1"},
    {"drain", Action::wait_for_clients,
     "with --wait: return when the running proxy has no clients; for a preStop hook"},
});

}  // namespace ringside::app
