// What the configuration file says, as plain values. Filled by load(), read at start and reload.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "config/explanation.h"
#include "config/source.h"
#include "config/source_rules.h"
#include "routing/identity.h"
#include "routing/ip_range.h"
#include "routing/snapshot.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringside::config {

// Where a pool or an admin listener accepts connections.
struct Listen {
    routing::Address address;           // an IP or host name with a port, or a unix socket path
    std::optional<std::uint32_t> mode;  // permissions of a unix socket, 1..0777; none: by umask
    std::string text;                   // as written, for messages

    bool operator==(const Listen&) const = default;
};

struct PoolConfig {
    std::string name;
    Listen listen;
    std::vector<Listen> also_listen;  // further addresses of the same pool
    std::string listen_place;         // of the value, "pools.yml:12:11", for messages
    std::uint32_t backlog = 512;
    bool tcp_keepalive = false;
    bool wait_for_discovery = false;  // listens when it has nodes
    routing::PoolPolicy policy;
    Source source;                  // the preferred one
    std::vector<Source> fallbacks;  // less preferred ones, in order
    SourceRules rules;
    routing::Identity identity = routing::Identity::source;
    std::vector<routing::IpRange> allow;  // where discovered nodes may be; empty: everywhere
    std::string identity_template;        // with placeholders; of Identity::by_template
    std::string redis_auth_file;          // where policy.redis_auth was read; empty: it was not

    bool operator==(const PoolConfig&) const = default;
};

inline constexpr std::uint16_t kDefaultAdminPort = 22221;
inline constexpr std::uint16_t kDefaultStatsPort = 22222;  // twemproxy's

// `ringside: drain:` how the process ends.
struct DrainConfig {
    // Kubernetes takes an endpoint away while it ends the pod: new clients come for a second or
    // two, and longer through a load balancer. 0 by default under nutcracker's name and beside a
    // pool that is strict_twemproxy.
    base::milliseconds grace{5'000};
    bool grace_is_default = true;
    base::milliseconds limit{10'000};  // from the end of the grace

    bool operator==(const DrainConfig&) const = default;
};

// `ringside:` the settings of the process.
struct ProcessConfig {
    std::uint32_t workers = 0;  // 0: auto, by the cgroup's CPU quota
    // Everything of the admin API. An address that was configured must be bindable; the default one
    // (admin_is_default) is only a convenience.
    Listen admin{{"127.0.0.1", kDefaultAdminPort}, std::nullopt, "127.0.0.1:22221"};
    bool admin_is_default = true;
    // Names in a Host, beside IPs and names without a dot, by which `admin` may be asked.
    std::vector<std::string> admin_hosts;
    // Who asks there has to show what it holds; empty: nothing is asked for.
    std::string admin_token_file;
    std::string admin_token_place;  // of that value, "pools.yml:3:21", for messages
    // twemproxy's statistics, where and as it offers them. As with the admin API, only an address
    // that was configured must be bindable. Nothing: nowhere.
    std::optional<Listen> stats =
        Listen{{"0.0.0.0", kDefaultStatsPort}, std::nullopt, "0.0.0.0:22222"};
    bool stats_is_default = true;
    base::LogFormat log_format = base::LogFormat::text;
    bool expand_env = false;   // variables were replaced in what else is here
    bool watch_config = true;  // a changed file is loaded without being asked to
    DrainConfig drain;
    // Probes only (/livez, /readyz), for the kubelet on the pod's address. None by default.
    std::optional<Listen> probes;
    // Who is asked for host names, by IP; empty: those of /etc/resolv.conf.
    std::vector<routing::Address> nameservers;
    // A directory in which lists and the operator's ejections outlive the process; empty: nowhere.
    std::string state_dir;

    bool operator==(const ProcessConfig&) const = default;
};

struct Config {
    ProcessConfig process;
    std::vector<PoolConfig> pools;  // by ring_name_less of the name
    Explanation explanation;        // every key of the above with its source
};

}  // namespace ringside::config
