#include "inject/configuration.h"

#include "config/address_text.h"
#include "config/load.h"
#include "config/schema.h"
#include "config/text.h"
#include "inject/merge.h"
#include "inject/yaml.h"
#include "routing/node.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

namespace ringside::inject {
namespace {

using base::Errc;
using base::Error;
using base::Expected;
using base::Status;
using config::in_quotes;

// The form of the chart's values has no other names.
constexpr std::size_t kPoolNameBytesMax = 63;

using Prefixes = std::map<std::string, std::string, std::less<>>;  // of pools that give one

Error invalid(std::string reason) {
    return Error{Errc::invalid_config, std::move(reason)};
}

char upper(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// `^[A-Z_][A-Z0-9_]*$`: what every shell and every version of Kubernetes takes.
bool is_prefix(std::string_view text) {
    const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; };
    return !text.empty() && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(),
                       [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

// NAME in upper case, with `_` for `-`; empty if that is no prefix.
std::string prefix_of_name(std::string_view name) {
    std::string prefix(name);
    std::transform(prefix.begin(), prefix.end(), prefix.begin(),
                   [](char c) { return c == '-' ? '_' : upper(c); });
    return is_prefix(prefix) ? prefix : std::string();
}

bool is_pool_name(std::string_view name) {
    const auto is_good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    return !name.empty() && name.size() <= kPoolNameBytesMax && name.front() >= 'a' &&
           name.back() != '-' && std::all_of(name.begin(), name.end(), is_good);
}

// Where the chart's form of a pool says that it listens: `port`, or `socket: true`.
Expected<std::string> listen_of(std::string_view name, const Json& pool) {
    const Json* const port = member(pool, "port");
    const Json* const socket = member(pool, "socket");
    if (socket != nullptr && !socket->is_boolean()) {
        return invalid(fmt::format("{}.socket: is neither true nor false", name));
    }
    const bool has_socket = socket != nullptr && socket->get<bool>();
    if ((port != nullptr && !port->is_null()) == has_socket) {
        return invalid(fmt::format("{} needs one of port and socket: true", name));
    }
    if (has_socket) {
        // Written to by whichever user the application is: nobody else shares the pod's volume.
        return fmt::format("{}{}.sock 0666", kSocketFolder, name);
    }
    const auto number = port->is_number_unsigned() ? port->get<std::uint64_t>() : 0;
    if (number == 0 || number > UINT16_MAX) {
        return invalid(fmt::format("{}.port: is no number from 1 to 65535", name));
    }
    return fmt::format("127.0.0.1:{}", number);
}

// The pool as docs/CONFIG.md has it, and its prefix. `has_nodes`: else its keys would be ignored.
Expected<Json> pool_of(std::string_view name, const Json& pool, bool has_nodes,
                       Prefixes& prefixes) {
    if (!is_pool_name(name) || name == config::kProcessMapName) {
        return invalid(
            fmt::format("{} is no name of a pool here: lower-case letters, digits and "
                        "\"-\", a letter first; and not \"ringside\"",
                        in_quotes(name)));
    }
    if (!pool.is_object()) {
        return invalid(fmt::format("{}: is no map of keys", name));
    }
    const auto listen = listen_of(name, pool);
    if (!listen) {
        return listen.error();
    }
    Json result{{"listen", *listen}};
    for (const auto& [key, value] : pool.items()) {
        if (key == "env") {
            const std::string_view prefix = text_member(pool, "env");
            if (!is_prefix(prefix)) {
                return invalid(
                    fmt::format("{}.env: is not the beginning of variables' names: "
                                "upper-case letters, digits and \"_\"",
                                name));
            }
            prefixes.emplace(name, prefix);
        } else if (key == "listen") {
            return invalid(fmt::format("{}.listen: write port, or socket: true", name));
        } else if (key == "redis_auth") {
            return invalid(fmt::format(
                "{}.redis_auth: is a password, which annotations show to everybody; write "
                "redis_auth_file, or the configuration in a Secret (ringside.dev/config-secret)",
                name));
        } else if (key != "port" && key != "socket") {
            if (!has_nodes) {
                return invalid(
                    fmt::format("{}.{}: would be ignored, as the configuration is that "
                                "of a ConfigMap or Secret",
                                name, config::in_quotes(key)));
            }
            result[key] = value;
        }
    }
    if (!has_nodes) {
        result["servers"] = Json::array({"127.0.0.1:1:1"});  // nobody will run this
    }
    return result;
}

// With another port, if that is not 0.
std::string with_port(std::string_view address, std::uint16_t port) {
    return port == 0 ? std::string(address)
                     : fmt::format("{}:{}", address.substr(0, address.rfind(':')), port);
}

// The pools in the chart's form, and whose they are, for messages.
struct Named {
    Json pools = Json::object();
    std::string_view whose;
};

Expected<Named> choose_pools(const Template& injected, const Wishes& wishes, bool is_elsewhere) {
    if (wishes.pools) {
        return Named{*wishes.pools, kPoolsAnnotation};
    }
    Named named{Json::object(), "the injector's template"};
    if (is_elsewhere) {
        return named;  // the template's are not those of the ConfigMap
    }
    if (wishes.pool_names.empty()) {
        named.pools = injected.pools;
        return named;
    }
    named.whose = kPoolsAnnotation;
    for (const std::string& name : wishes.pool_names) {
        const Json* const pool = member(injected.pools, name);
        if (pool == nullptr) {
            std::vector<std::string_view> names;
            for (const auto& [known, value] : injected.pools.items()) {
                names.push_back(known);
            }
            return invalid(fmt::format("{}: the injector has no pool {}{}", kPoolsAnnotation,
                                       in_quotes(name), config::did_you_mean(name, names)));
        }
        named.pools[name] = *pool;
    }
    return named;
}

// "NAME:LINE:COLUMN: reason" without what is in front of the reason: nobody has seen that text.
std::string_view without_place(std::string_view message) {
    const std::size_t end = message.find(": ");
    return end == std::string_view::npos ? message : message.substr(end + 2);
}

// The address by which the application reaches one that is listened on.
std::string host_to_ask(const std::string& host) {
    return host.starts_with("127.") || host == "::1" ? host : "127.0.0.1";
}

void add_address(Configuration& result, const config::PoolConfig& pool, std::string prefix) {
    PoolAddress address{.pool = pool.name, .prefix = std::move(prefix), .host = {}, .socket = {}};
    const routing::Address& listens = pool.listen.address;
    if (listens.is_unix()) {
        address.socket = listens.host;
        const bool is_shared = listens.host.starts_with(kSocketFolder);
        result.has_socket = result.has_socket || is_shared;
        if (!is_shared) {
            result.warnings.push_back(
                fmt::format("pool {} listens on {}, which no other container sees: sockets belong "
                            "in {}",
                            pool.name, listens.host, kSocketFolder));
            return;
        }
    } else {
        address.host = host_to_ask(listens.host);
        address.port = listens.port;
        result.ports.push_back(listens.port);
    }
    if (address.prefix.empty()) {
        result.warnings.push_back(fmt::format(
            "pool {} gets no variables, as its name cannot begin the name of one", pool.name));
    }
    result.addresses.push_back(std::move(address));
}

bool asks_kubernetes(const config::PoolConfig& pool) {
    const auto is_kubernetes = [](const config::Source& source) {
        return std::holds_alternative<config::KubernetesSource>(source);
    };
    return is_kubernetes(pool.source) ||
           std::any_of(pool.fallbacks.begin(), pool.fallbacks.end(), is_kubernetes);
}

// Each one once, as all of them are in one network.
Status check_ports(std::vector<std::uint16_t> ports) {
    std::sort(ports.begin(), ports.end());
    const auto twice = std::adjacent_find(ports.begin(), ports.end());
    return twice == ports.end()
               ? Status(base::Done{})
               : Status(invalid(fmt::format(
                     "port {} is given twice, to pools, probes, the admin API or statistics",
                     *twice)));
}

Expected<Configuration> read(const config::Config& config, const Prefixes& prefixes) {
    Configuration result;
    const config::ProcessConfig& process = config.process;
    if (!process.probes || process.probes->address.is_unix() ||
        process.probes->address.host.starts_with("127.") || process.probes->address.host == "::1") {
        return invalid(
            "ringside.probes: the kubelet asks the pod's address; write for example "
            "\"probes: 0.0.0.0:22220\"");
    }
    result.admin = process.admin.text;
    result.probes_port = process.probes->address.port;
    result.ports.push_back(result.probes_port);
    if (!process.admin.address.is_unix()) {
        result.ports.push_back(process.admin.address.port);
    }
    if (process.stats && !process.stats->address.is_unix()) {
        result.ports.push_back(process.stats->address.port);
    }
    for (const config::PoolConfig& pool : config.pools) {
        if (!pool.policy.redis_auth.empty() && pool.redis_auth_file.empty()) {
            return invalid(fmt::format(
                "{}.redis_auth: is a password, which annotations show to everybody; write "
                "redis_auth_file, or the configuration in a Secret (ringside.dev/config-secret)",
                pool.name));
        }
        const auto prefix = prefixes.find(pool.name);
        add_address(result, pool,
                    prefix == prefixes.end() ? prefix_of_name(pool.name) : prefix->second);
        result.watches_kubernetes = result.watches_kubernetes || asks_kubernetes(pool);
    }
    const Status ports = check_ports(result.ports);
    return ports ? Expected<Configuration>(std::move(result)) : ports.error();
}

// Two pools whose variables would be the same ones.
Status check_prefixes(const std::vector<PoolAddress>& addresses) {
    std::map<std::string_view, std::string_view> pool_of_prefix;
    for (const PoolAddress& address : addresses) {
        if (address.prefix.empty()) {
            continue;
        }
        const auto [known, is_new] = pool_of_prefix.emplace(address.prefix, address.pool);
        if (!is_new) {
            return invalid(
                fmt::format("{} and {} have the same variables, {}_...: give one of "
                            "them another env",
                            known->second, address.pool, address.prefix));
        }
    }
    return base::Done{};
}

Expected<Configuration> verbatim(const std::string& text) {
    const auto config = config::check_text(text, kConfigAnnotation);
    if (!config) {
        return config.error();
    }
    auto result = read(*config, {});
    if (!result) {
        return result.error().in(kConfigAnnotation);
    }
    if (const Status prefixes = check_prefixes(result->addresses); !prefixes) {
        return prefixes.error().in(kConfigAnnotation);
    }
    result->text = text;
    return result;
}

}  // namespace

Json process_of(const Template& injected, bool is_native) {
    const Json* const plain = is_native ? nullptr : member(injected.plain, "process");
    return plain != nullptr ? merged(injected.process, *plain) : injected.process;
}

Expected<Configuration> make_configuration(const Template& injected, const Wishes& wishes) {
    if (wishes.config) {
        return verbatim(*wishes.config);
    }
    const bool is_elsewhere = !wishes.config_map.empty() || !wishes.config_secret.empty();
    const auto chosen = choose_pools(injected, wishes, is_elsewhere);
    if (!chosen) {
        return chosen.error();
    }
    if (chosen->pools.empty() && !is_elsewhere) {
        return Error{Errc::not_found, "there is no pool"};
    }
    Json process = process_of(injected, wishes.native.value_or(injected.native));
    process["admin"] = with_port(text_member(process, "admin"), wishes.admin_port);
    process["probes"] = with_port(text_member(process, "probes"), wishes.probes_port);
    Json document{{std::string(config::kProcessMapName), std::move(process)}};
    Prefixes prefixes;
    for (const auto& [name, value] : chosen->pools.items()) {
        auto pool = pool_of(name, value, !is_elsewhere, prefixes);
        if (!pool) {
            return pool.error().in(chosen->whose);
        }
        document[name] = std::move(*pool);
    }
    if (chosen->pools.empty()) {  // what is checked is the process
        document["stand-in"] = {{"listen", "/stand-in"},
                                {"servers", Json::array({"127.0.0.1:1:1"})}};
    }
    std::string text = yaml_of_json(document);
    const auto config = config::check_text(text, "ringside.yml");
    if (!config) {
        return invalid(fmt::format("{}: {}", chosen->whose, without_place(config.error().message)));
    }
    auto result = read(*config, prefixes);
    if (!result) {
        return result.error().in(chosen->whose);
    }
    if (const Status distinct = check_prefixes(result->addresses); !distinct) {
        return distinct.error().in(chosen->whose);
    }
    if (chosen->pools.empty()) {
        result->addresses.clear();
        result->warnings = {
            "the configuration is that of a ConfigMap or Secret: without "
            "ringside.dev/pools the application is told of no pool"};
    }
    result->text = is_elsewhere ? std::string() : std::move(text);
    return result;
}

}  // namespace ringside::inject
