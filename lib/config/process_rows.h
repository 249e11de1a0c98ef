// The keys of `ringside:`, of the process as a whole: a part of the tables in config/schema.cpp,
// which alone includes it.
#pragma once

#include "config/schema.h"
#include "config/value.h"
#include "config/workers.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ringside::config {

// What was there stays if the text is refused.
inline base::Status take_optional_listen(std::string_view text, std::optional<Listen>& listen) {
    Listen taken;
    base::Status status = take_listen(text, taken);
    if (status) {
        listen = std::move(taken);
    }
    return status;
}

inline constexpr std::array kProcessRows{
    Row<ProcessConfig>{
        {.name = "workers",
         .type = Type::number,
         .default_text = "auto",
         .min = 1,
         .max = kWorkersMax,
         .unit = "threads",
         .choices = "auto",
         .change = Change::restart,
         .doc = "Threads that serve clients; auto: what the cgroup's CPU quota "
                "allows, else one per CPU."},
        [](ProcessConfig& process, const Key& key, std::string_view text) -> base::Status {
            if (text == key.choices) {
                process.workers = 0;
                return base::Done{};
            }
            return take_number(key, text, process.workers);
        }},
    Row<ProcessConfig>{{.name = "expand_env",
                        .type = Type::boolean,
                        .default_text = "false",
                        .doc = "Whether `${NAME}` and `${NAME:-DEFAULT}` in values are replaced by "
                               "variables of the environment. One that is not set and has no "
                               "default is an error; `$${` stands for `${`."},
                       [](ProcessConfig& process, const Key& key, std::string_view text) {
                           return take_bool(key, text, process.expand_env);
                       }},
    Row<ProcessConfig>{{.name = "admin",
                        .type = Type::listen,
                        .default_text = "127.0.0.1:22221",
                        .change = Change::restart,
                        .doc = "The admin API. If the default address is taken Ringside runs "
                               "without; an address that is written here must be free."},
                       [](ProcessConfig& process, const Key&, std::string_view text) {
                           process.admin_is_default = false;
                           return take_listen(text, process.admin);
                       }},
    Row<ProcessConfig>{{.name = "admin_hosts",
                        .type = Type::hosts,
                        .min = 1,
                        .max = 64,
                        .doc = "Names by which the admin API may be asked, as "
                               "`ringside.prod.svc`, with any port. Without them by its IP, as "
                               "localhost, or by a name without a dot "
                               "([why](ADMIN_API.md#who-may-ask))."},
                       [](ProcessConfig& process, const Key& key, std::string_view text) {
                           return take_hosts(key, text, process.admin_hosts);
                       }},
    Row<ProcessConfig>{{.name = "admin_token_file",
                        .type = Type::path,
                        .min = 1,
                        .max = kPathBytesMax,
                        .unit = "bytes",
                        .doc = "A file with the token that whoever asks the admin API has to show, "
                               "but for probes and `/metrics`: `Authorization: Bearer TOKEN`. Read "
                               "for each such request, so that a new token holds at once; while "
                               "the file cannot be read the last one does. Without it everybody "
                               "who reaches the listener may ask."},
                       [](ProcessConfig& process, const Key& key, std::string_view text) {
                           return take_absolute_path(key, text, process.admin_token_file);
                       }},
    Row<ProcessConfig>{
        {.name = "stats",
         .type = Type::listen,
         .default_text = "0.0.0.0:22222",
         .choices = "off",
         .change = Change::restart,
         .doc = "twemproxy's statistics, at its address. If the default address is "
                "taken Ringside runs without; an address that is written here must "
                "be free."},
        [](ProcessConfig& process, const Key& key, std::string_view text) -> base::Status {
            process.stats_is_default = false;
            if (text == key.choices) {
                process.stats.reset();
                return base::Done{};
            }
            return take_optional_listen(text, process.stats);
        }},
    Row<ProcessConfig>{{.name = "probes",
                        .type = Type::listen,
                        .change = Change::restart,
                        .doc = "A second listener that answers probes and /metrics only, for "
                               "a kubelet that cannot reach the admin API."},
                       [](ProcessConfig& process, const Key&, std::string_view text) {
                           return take_optional_listen(text, process.probes);
                       }},
    Row<ProcessConfig>{{.name = "log_format",
                        .type = Type::choice,
                        .default_text = "text",
                        .choices = "text, json",
                        .doc = "Log lines for people, or one JSON object each for programs."},
                       [](ProcessConfig& process, const Key& key, std::string_view text) {
                           return take_choice(key, text, base::parse_log_format(text),
                                              process.log_format);
                       }},
    Row<ProcessConfig>{{.name = "watch_config",
                        .type = Type::boolean,
                        .default_text = "true",
                        .doc = "Load this file again when it has changed; without it SIGHUP and "
                               "`POST /config/reload` do."},
                       [](ProcessConfig& process, const Key& key, std::string_view text) {
                           return take_bool(key, text, process.watch_config);
                       }},
    Row<ProcessConfig>{{.name = "nameservers",
                        .type = Type::ips,
                        .min = 1,
                        .max = 1024,
                        .change = Change::restart,
                        .doc = "Who is asked for host names. Without it those of "
                               "/etc/resolv.conf, which is read again when it changes."},
                       [](ProcessConfig& process, const Key& key, std::string_view text) {
                           return take_nameservers(key, text, process.nameservers);
                       }},
    Row<ProcessConfig>{{.name = "resolvers",
                        .type = Type::ips,
                        .min = 1,
                        .max = 1024,
                        .change = Change::restart,
                        .doc = "Another word for `nameservers`; one of the two."},
                       [](ProcessConfig& process, const Key& key, std::string_view text) {
                           return take_nameservers(key, text, process.nameservers);
                       }},
    Row<ProcessConfig>{{.name = "state_dir",
                        .type = Type::path,
                        .min = 1,
                        .max = kPathBytesMax,
                        .unit = "bytes",
                        .doc = "A directory of this process alone, where the last good list of "
                               "each pool and the operator's ejections are kept "
                               "(`ringside.state`), so that a restart serves at once while its "
                               "sources are down. It has to be there and writable. Read at start "
                               "only; from a reload on it is written where that says. Without it "
                               "nothing is kept."},
                       [](ProcessConfig& process, const Key& key, std::string_view text) {
                           return take_absolute_path(key, text, process.state_dir);
                       }},
    Row<ProcessConfig>{{.name = "drain",
                        .type = Type::map,
                        .doc = "How the process ends at SIGTERM, SIGINT and SIGQUIT. A second "
                               "signal ends it at once."},
                       nullptr},
};

}  // namespace ringside::config
