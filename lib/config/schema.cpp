#include "config/schema.h"

#include "base/check.h"
#include "base/limits.h"
#include "config/drain_rows.h"
#include "config/pool_rows.h"
#include "config/rule_rows.h"
#include "config/value.h"
#include "config/workers.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace ringside::config {
namespace {

using base::Done;
using base::Status;
using Text = std::string_view;

constexpr std::uint64_t kPathBytesMax = 4000;  // Linux's PATH_MAX, and room for a file's name

// What was there stays if the text is refused.
Status take_optional_listen(Text text, std::optional<Listen>& listen) {
    Listen taken;
    Status status = take_listen(text, taken);
    if (status) {
        listen = std::move(taken);
    }
    return status;
}

constexpr auto kPoolRows = [] {
    std::array<Row<PoolConfig>, kOwnPoolRows.size() + kRuleRows.size()> rows{};
    auto next = std::copy(kOwnPoolRows.begin(), kOwnPoolRows.end(), rows.begin());
    std::copy(kRuleRows.begin(), kRuleRows.end(), next);
    return rows;
}();

constexpr std::array kProcessRows{
    Row<ProcessConfig>{{.name = "workers",
                        .type = Type::number,
                        .default_text = "auto",
                        .min = 1,
                        .max = kWorkersMax,
                        .unit = "threads",
                        .choices = "auto",
                        .change = Change::restart,
                        .doc = "Threads that serve clients; auto: what the cgroup's CPU quota "
                               "allows, else one per CPU."},
                       [](ProcessConfig& process, const Key& key, Text text) -> Status {
                           if (text == key.choices) {
                               process.workers = 0;
                               return Done{};
                           }
                           return take_number(key, text, process.workers);
                       }},
    Row<ProcessConfig>{{.name = "admin",
                        .type = Type::listen,
                        .default_text = "127.0.0.1:22221",
                        .change = Change::restart,
                        .doc = "The admin API. If the default address is taken Ringside runs "
                               "without; an address that is written here must be free."},
                       [](ProcessConfig& process, const Key&, Text text) {
                           process.admin_is_default = false;
                           return take_listen(text, process.admin);
                       }},
    Row<ProcessConfig>{{.name = "stats",
                        .type = Type::listen,
                        .default_text = "0.0.0.0:22222",
                        .choices = "off",
                        .change = Change::restart,
                        .doc = "twemproxy's statistics, at its address. If the default address is "
                               "taken Ringside runs without; an address that is written here must "
                               "be free."},
                       [](ProcessConfig& process, const Key& key, Text text) -> Status {
                           process.stats_is_default = false;
                           if (text == key.choices) {
                               process.stats.reset();
                               return Done{};
                           }
                           return take_optional_listen(text, process.stats);
                       }},
    Row<ProcessConfig>{{.name = "probes",
                        .type = Type::listen,
                        .change = Change::restart,
                        .doc = "A second listener that answers probes and /metrics only, for "
                               "a kubelet that cannot reach the admin API."},
                       [](ProcessConfig& process, const Key&, Text text) {
                           return take_optional_listen(text, process.probes);
                       }},
    Row<ProcessConfig>{{.name = "log_format",
                        .type = Type::choice,
                        .default_text = "text",
                        .choices = "text, json",
                        .doc = "Log lines for people, or one JSON object each for programs."},
                       [](ProcessConfig& process, const Key& key, Text text) {
                           return take_choice(key, text, base::parse_log_format(text),
                                              process.log_format);
                       }},
    Row<ProcessConfig>{{.name = "watch_config",
                        .type = Type::boolean,
                        .default_text = "true",
                        .doc = "Load this file again when it has changed; without it SIGHUP and "
                               "`POST /config/reload` do."},
                       [](ProcessConfig& process, const Key& key, Text text) {
                           return take_bool(key, text, process.watch_config);
                       }},
    Row<ProcessConfig>{{.name = "nameservers",
                        .type = Type::ips,
                        .min = 1,
                        .max = 1024,
                        .change = Change::restart,
                        .doc = "Who is asked for host names. Without it those of "
                               "/etc/resolv.conf, which is read again when it changes."},
                       [](ProcessConfig& process, const Key& key, Text text) {
                           return take_nameservers(key, text, process.nameservers);
                       }},
    Row<ProcessConfig>{{.name = "resolvers",
                        .type = Type::ips,
                        .min = 1,
                        .max = 1024,
                        .change = Change::restart,
                        .doc = "Another word for `nameservers`; one of the two."},
                       [](ProcessConfig& process, const Key& key, Text text) {
                           return take_nameservers(key, text, process.nameservers);
                       }},
    Row<ProcessConfig>{{.name = "state_dir",
                        .type = Type::directory,
                        .min = 1,
                        .max = kPathBytesMax,
                        .unit = "bytes",
                        .doc = "A directory of this process alone, where the last good list of "
                               "each pool and the operator's ejections are kept "
                               "(`ringside.state`), so that a restart serves at once while its "
                               "sources are down. It has to be there and writable. Read at start "
                               "only; from a reload on it is written where that says. Without it "
                               "nothing is kept."},
                       [](ProcessConfig& process, const Key& key, Text text) {
                           return take_directory(key, text, process.state_dir);
                       }},
    Row<ProcessConfig>{{.name = "drain",
                        .type = Type::map,
                        .doc = "How the process ends at SIGTERM, SIGINT and SIGQUIT. A second "
                               "signal ends it at once."},
                       nullptr},
};

static_assert(is_well_formed<PoolConfig>(kPoolRows) &&
              is_well_formed<ProcessConfig>(kProcessRows) &&
              is_well_formed<DrainConfig>(kDrainRows));

}  // namespace

std::span<const Row<PoolConfig>> pool_rows() noexcept {
    return kPoolRows;
}
std::span<const Row<PoolConfig>> rule_rows() noexcept {
    return kRuleRows;
}
std::span<const Row<ProcessConfig>> process_rows() noexcept {
    return kProcessRows;
}
std::span<const Row<DrainConfig>> drain_rows() noexcept {
    return kDrainRows;
}

Status set_process_key(ProcessConfig& process, Text name, Text text) {
    const auto row = std::find_if(kProcessRows.begin(), kProcessRows.end(),
                                  [name](const auto& each) { return each.key.name == name; });
    CHECK(row != kProcessRows.end());
    return row->set(process, row->key, text);
}

}  // namespace ringside::config
