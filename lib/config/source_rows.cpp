#include "config/source_rows.h"

#include "base/limits.h"
#include "base/parse.h"
#include "config/dns_rows.h"
#include "config/text.h"
#include "config/tls_rows.h"
#include "config/value.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace ringside::config {
namespace {

using Text = std::string_view;

constexpr std::uint64_t kHourMs = 3'600'000;
constexpr std::uint64_t kLabelBytesMax = 63;  // RFC 1035, 2.3.4

// What Kubernetes gives each pod.
constexpr Text kTokenFile = "/var/run/secrets/kubernetes.io/serviceaccount/token";
constexpr Text kCaFile = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

ElastiCacheSource& elasticache(Source& source) {
    return std::get<ElastiCacheSource>(source);
}

constexpr std::array kElastiCacheRows{
    Row<Source>{{.name = "endpoint",
                 .type = Type::address,
                 .required = true,
                 .doc = "The configuration endpoint."},
                [](Source& source, const Key&, Text text) {
                    return take_address(text, elasticache(source).endpoint);
                }},
    Row<Source>{{.name = "interval",
                 .type = Type::duration,
                 .default_text = "60s",
                 .min = 100,
                 .max = kHourMs,
                 .doc = "Time between two polls, give or take a tenth."},
                [](Source& source, const Key& key, Text text) {
                    return take_duration(key, text, elasticache(source).interval);
                }},
    Row<Source>{{.name = "timeout",
                 .type = Type::duration,
                 .default_text = "2s",
                 .min = 10,
                 .max = 60'000,
                 .doc = "How long one question may take, connecting included; a poll asks other "
                        "nodes when one does not answer."},
                [](Source& source, const Key& key, Text text) {
                    return take_duration(key, text, elasticache(source).timeout);
                }},
};

FileSource& file(Source& source) {
    return std::get<FileSource>(source);
}

constexpr std::array kFileRows{
    Row<Source>{
        {.name = "path",
         .type = Type::text,
         .required = true,
         .min = 1,
         .max = kFilePathBytesMax,
         .unit = "bytes",
         .doc = "The file, YAML or JSON: a list of nodes, each as in `servers` or `{address: "
                "HOST:PORT, weight: 1, name: NAME}`; or such a list under `servers:`. It "
                "is watched."},
        [](Source& source, const Key& key, Text text) {
            return take_path(key, text, file(source).path);
        }},
};

KubernetesSource& kubernetes(Source& source) {
    return std::get<KubernetesSource>(source);
}

// A name of Kubernetes: it becomes a part of a path. Empty: none.
base::Status take_kubernetes_name(const Key& key, Text text, std::string& name) {
    constexpr Text kCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-.";
    if (text.find_first_not_of(kCharacters) != Text::npos) {
        return base::Error{
            base::Errc::invalid_config,
            fmt::format("{} is no name of Kubernetes; write lower-case letters, digits and \"-\"",
                        in_quotes(text))};
    }
    return take_text(key, text, name);
}

constexpr std::array kKubernetesRows{
    Row<Source>{{.name = "service",
                 .type = Type::text,
                 .required = true,
                 .min = 1,
                 .max = kLabelBytesMax,
                 .unit = "bytes",
                 .doc = "The service whose endpoints are the nodes; a headless one as well."},
                [](Source& source, const Key& key, Text text) {
                    return take_kubernetes_name(key, text, kubernetes(source).service);
                }},
    Row<Source>{{.name = "namespace",
                 .type = Type::text,
                 .min = 1,
                 .max = kLabelBytesMax,
                 .unit = "bytes",
                 .doc = "The service's. Without it the namespace of the pod."},
                [](Source& source, const Key& key, Text text) {
                    return take_kubernetes_name(key, text, kubernetes(source).name_space);
                }},
    Row<Source>{{.name = "port",
                 .type = Type::text,
                 .min = 1,
                 .max = kLabelBytesMax,
                 .unit = "bytes",
                 .doc = "The name of a TCP port of the service, or the number at which its pods "
                        "listen. May be left out if the service has one port."},
                [](Source& source, const Key& key, Text text) {
                    return take_kubernetes_name(key, text, kubernetes(source).port);
                }},
    Row<Source>{{.name = "publish_not_ready",
                 .type = Type::boolean,
                 .default_text = "false",
                 .doc = "Nodes that are not ready count as well: a pod that fails its readiness "
                        "probe keeps its keys, and `auto_eject_hosts` decides."},
                [](Source& source, const Key& key, Text text) {
                    return take_bool(key, text, kubernetes(source).publish_not_ready);
                }},
    Row<Source>{{.name = "api_server",
                 .type = Type::address,
                 .doc = "Where the API is asked, over HTTPS. Without it what Kubernetes tells its "
                        "pods in KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT."},
                [](Source& source, const Key&, Text text) {
                    return take_address(text, kubernetes(source).api_server);
                }},
    Row<Source>{{.name = "token_file",
                 .type = Type::text,
                 .default_text = kTokenFile,
                 .min = 1,
                 .max = kFilePathBytesMax,
                 .unit = "bytes",
                 .doc = "The token of the service account, read for each request."},
                [](Source& source, const Key& key, Text text) {
                    return take_path(key, text, kubernetes(source).token_file);
                }},
    Row<Source>{{.name = "ca_file",
                 .type = Type::text,
                 .min = 1,
                 .max = kFilePathBytesMax,
                 .unit = "bytes",
                 .doc = "The same as `tls: {ca_file: FILE}`, and instead of `tls`."},
                [](Source& source, const Key& key, Text text) {
                    return take_path(key, text, kubernetes(source).tls.ca_file);
                }},
    Row<Source>{{.name = "tls",
                 .type = Type::map,
                 .doc = "What the API server has to prove, and what it is shown beside the token."},
                nullptr},
    Row<Source>{{.name = "timeout",
                 .type = Type::duration,
                 .default_text = "5s",
                 .min = 10,
                 .max = 60'000,
                 .doc = "How long a page of a list may take, and a watch until it begins, "
                        "connecting included."},
                [](Source& source, const Key& key, Text text) {
                    return take_duration(key, text, kubernetes(source).timeout);
                }},
};

constexpr std::array kKubernetesTlsRows = make_tls_rows(kCaFile);

// With what Kubernetes tells its pods.
Source kubernetes_of_pod() {
    KubernetesSource source;
    source.token_file = kTokenFile;
    source.tls.ca_file = kCaFile;
    const char* const host = std::getenv("KUBERNETES_SERVICE_HOST");
    const char* const port = std::getenv("KUBERNETES_SERVICE_PORT");
    const auto number = base::parse_unsigned(port == nullptr ? "" : port, 1, UINT16_MAX);
    if (host != nullptr && *host != '\0' && number) {
        source.api_server = {host, static_cast<std::uint16_t>(*number)};
    }
    return source;
}

std::string service_of(const Source& source) {
    const auto& asked = std::get<KubernetesSource>(source);
    return fmt::format("{}{}{}", asked.name_space, asked.name_space.empty() ? "" : "/",
                       asked.service.empty() ? "SERVICE" : asked.service);
}

// "PATH" for a text, of which the rule would only tell the length.
std::string example_of(const Key& key) {
    if (key.type != Type::text) {
        return rule_of(key);
    }
    std::string text(key.name);
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

// Null for settings that have none.
template <typename Settings>
auto tls_in(Settings& settings) {
    using Tls = std::conditional_t<std::is_const_v<Settings>, const TlsConfig, TlsConfig>;
    if constexpr (requires { settings.tls; }) {
        return static_cast<Tls*>(&settings.tls);
    } else {
        return static_cast<Tls*>(nullptr);
    }
}

std::string nobody(const Source&) {
    return {};
}
const routing::Membership* no_list(const Source&) {
    return nullptr;
}

constexpr std::array kSourceRows{
    SourceRow{
        .kind = SourceKind::static_list,
        .name = "static",
        .key = {.name = "servers",
                .type = Type::servers,
                .min = 1,
                .max = base::kPoolNodesMax,
                .unit = "nodes",
                .doc = "A list in this file, the same as `servers` of the pool."},
        .settings = {},
        .tls = {},
        .names = {.own = NameKind::written,
                  .host = NameKind::written,
                  .address = NameKind::written,
                  .zone = NameKind::none},
        .one_of = {},
        .check = nullptr,
        .make = [] { return Source(StaticSource{}); },
        .asked = nobody,
        .listed = [](const Source& source) { return &std::get<StaticSource>(source).membership; }},
    SourceRow{.kind = SourceKind::elasticache,
              .name = "elasticache",
              .key = {.name = "elasticache",
                      .type = Type::map,
                      .doc = "The configuration endpoint of an ElastiCache for Memcached cluster."},
              .settings = kElastiCacheRows,
              .tls = {},
              .names = {.own = NameKind::host,
                        .host = NameKind::host,
                        .address = NameKind::address,
                        .zone = NameKind::none},
              .one_of = {},
              .check = nullptr,
              .make = [] { return Source(ElastiCacheSource{}); },
              .asked =
                  [](const Source& source) {
                      return to_string(std::get<ElastiCacheSource>(source).endpoint);
                  },
              .listed = no_list},
    SourceRow{
        .kind = SourceKind::dns,
        .name = "dns",
        .key = {.name = "dns",
                .type = Type::map,
                .doc = "The addresses of a name in DNS: a headless service, or any other name "
                       "with an address for each node."},
        .settings = kDnsRows,
        .tls = {},
        .names = {.own = NameKind::address,
                  .host = NameKind::none,
                  .address = NameKind::address,
                  .zone = NameKind::none},
        .one_of = kNameOrNames,
        .check =
            [](const Source& source) { return check_times(std::get<DnsSource>(source).times); },
        .make = [] { return Source(DnsSource{}); },
        .asked = dns_asked,
        .listed = no_list},
    SourceRow{
        .kind = SourceKind::srv,
        .name = "srv",
        .key = {.name = "srv",
                .type = Type::map,
                .doc = "The targets of a service in DNS (SRV records), with their ports."},
        .settings = kSrvRows,
        .tls = {},
        .names = {.own = NameKind::host,
                  .host = NameKind::host,
                  .address = NameKind::none,
                  .zone = NameKind::none},
        .one_of = {},
        .check =
            [](const Source& source) { return check_times(std::get<SrvSource>(source).times); },
        .make = [] { return Source(SrvSource{}); },
        .asked = [](const Source& source) { return std::get<SrvSource>(source).name; },
        .listed = no_list},
    SourceRow{
        .kind = SourceKind::file,
        .name = "file",
        .key = {.name = "file",
                .type = Type::map,
                .doc = "A list of nodes in a file of its own, taken over whenever it changes."},
        .settings = kFileRows,
        .tls = {},
        .names = {.own = NameKind::written,
                  .host = NameKind::written,
                  .address = NameKind::written,
                  .zone = NameKind::none},
        .one_of = {},
        .check = nullptr,
        .make = [] { return Source(FileSource{}); },
        .asked =
            [](const Source& source) {
                return fmt::format("\"{}\"", std::get<FileSource>(source).path);
            },
        .listed = no_list},
    SourceRow{.kind = SourceKind::kubernetes,
              .name = "kubernetes",
              .key = {.name = "kubernetes",
                      .type = Type::map,
                      .doc = "The endpoints of a service of Kubernetes, by its API."},
              .settings = kKubernetesRows,
              .tls = kKubernetesTlsRows,
              .names = {.own = NameKind::pod,
                        .host = NameKind::service_host,
                        .address = NameKind::address,
                        .zone = NameKind::zone},
              .one_of = {},
              .check = nullptr,
              .make = kubernetes_of_pod,
              .asked = service_of,
              .listed = no_list},
};

constexpr bool are_in_order() {
    for (std::size_t i = 0; i < kSourceRows.size(); ++i) {
        if (kSourceRows[i].kind != static_cast<SourceKind>(i)) {
            return false;
        }
    }
    return kSourceRows.size() == std::variant_size_v<Source>;
}
static_assert(are_in_order(), "one row for each kind, in the order of SourceKind and Source");

constexpr auto kDiscoveryRows = [] {
    std::array<Row<Source>, kSourceRows.size()> rows{};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i] = {kSourceRows[i].key, nullptr};
    }
    return rows;
}();

static_assert(is_well_formed<Source>(kDiscoveryRows) && is_well_formed<Source>(kElastiCacheRows) &&
              is_well_formed<Source>(kDnsRows) && is_well_formed<Source>(kSrvRows) &&
              is_well_formed<Source>(kFileRows) && is_well_formed<Source>(kKubernetesRows) &&
              is_well_formed<TlsConfig>(kKubernetesTlsRows));

}  // namespace

std::optional<DnsFamily> parse_dns_family(Text text) noexcept {
    constexpr std::array<std::pair<Text, DnsFamily>, 5> kFamilies{
        {{"prefer_ipv4", DnsFamily::prefer_ipv4},
         {"prefer_ipv6", DnsFamily::prefer_ipv6},
         {"ipv4", DnsFamily::ipv4},
         {"ipv6", DnsFamily::ipv6},
         {"both", DnsFamily::both}}};
    for (const auto& [name, family] : kFamilies) {
        if (name == text) {
            return family;
        }
    }
    return std::nullopt;
}

std::span<const SourceRow> source_rows() noexcept {
    return kSourceRows;
}
const SourceRow& source_row(const Source& source) noexcept {
    return kSourceRows[source.index()];
}
std::span<const Row<Source>> discovery_rows() noexcept {
    return kDiscoveryRows;
}

const TlsConfig* tls_of(const Source& source) {
    return std::visit([](const auto& settings) { return tls_in(settings); }, source);
}
TlsConfig* tls_of(Source& source) {
    return std::visit([](auto& settings) { return tls_in(settings); }, source);
}

std::string describe(const Source& source) {
    const SourceRow& row = source_row(source);
    const std::string asked = row.asked(source);
    return asked.empty() ? std::string(row.name) : fmt::format("{} {}", row.name, asked);
}

std::vector<const Source*> sources_of(const PoolConfig& pool) {
    std::vector<const Source*> sources{&pool.source};
    for (const Source& fallback : pool.fallbacks) {
        sources.push_back(&fallback);
    }
    return sources;
}

const routing::Membership* listed_members(const Source& source) {
    return source_row(source).listed(source);
}

std::string source_examples() {
    std::string text;
    for (const SourceRow& row : kSourceRows) {
        if (row.settings.empty()) {
            continue;  // needs no `discovery:`
        }
        std::string keys;
        for (const auto& [key, set] : row.settings) {
            if (key.required || (!row.one_of.empty() && key.name == row.one_of.front())) {
                keys +=
                    fmt::format("{}{}: {}", keys.empty() ? "" : ", ", key.name, example_of(key));
            }
        }
        text += fmt::format("{}{}: {{{}}}", text.empty() ? "" : " or ", row.key.name, keys);
    }
    return text;
}

}  // namespace ringside::config
