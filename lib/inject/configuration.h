// The configuration that an injected sidecar runs with, of template and annotations, and what the
// pod has to know of it: ports, addresses of pools, whether it asks Kubernetes.
#pragma once

#include "base/expected.h"
#include "inject/annotations.h"
#include "inject/template.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::inject {

// The folder of unix sockets that sidecar and application share.
inline constexpr std::string_view kSocketFolder = "/run/ringside/";

// Where the application finds a pool.
struct PoolAddress {
    std::string pool;
    std::string prefix;  // of its variables, "MEMCACHED"; empty: its name makes none
    std::string host;    // of a port
    std::uint16_t port = 0;
    std::string socket;  // the path, instead

    bool operator==(const PoolAddress&) const = default;
};

struct Configuration {
    std::string text;  // of ringside.yml; empty: it is in a ConfigMap or Secret
    std::vector<PoolAddress> addresses;
    std::string admin;  // as `ringside: admin:` has it
    std::uint16_t probes_port = 0;
    std::vector<std::uint16_t> ports;  // all that it listens on
    bool has_socket = false;           // in kSocketFolder
    bool watches_kubernetes = false;
    std::vector<std::string> warnings;
};

// Checked by the rules of docs/CONFIG.md. not_found: there is no pool. Else the error names the
// annotation, key and rule: "ringside.dev/pools: cache.timeout: ...", and of a whole configuration
// line and column, too.
base::Expected<Configuration> make_configuration(const Template& injected, const Wishes& wishes);

// The settings of the process: for a plain sidecar those of `plain` count more.
Json process_of(const Template& injected, bool is_native);

}  // namespace ringside::inject
