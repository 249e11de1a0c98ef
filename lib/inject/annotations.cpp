#include "inject/annotations.h"

#include "base/parse.h"
#include "config/text.h"
#include "inject/quantity.h"
#include "inject/yaml.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace ringside::inject {
namespace {

using base::Done;
using base::Errc;
using base::Error;
using base::Expected;
using base::Status;
using config::in_quotes;

// Longer names of objects and images Kubernetes or registries refuse.
constexpr std::size_t kObjectNameBytesMax = 253;
constexpr std::size_t kImageBytesMax = 512;

Error invalid(std::string reason) {
    return Error{Errc::invalid_argument, std::move(reason)};
}

// Between commas, without blanks around; empty ones are left out.
std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> result;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(','), text.size());
        if (const std::string_view word = base::trimmed(text.substr(0, end)); !word.empty()) {
            result.emplace_back(word);
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

Status take_pools(Wishes& wishes, std::string_view text) {
    auto pools = json_of_yaml(text, kPoolsAnnotation);
    if (!pools) {
        // Without the name, which stands in front of it anyway.
        return invalid(pools.error().message.substr(kPoolsAnnotation.size() + 1));
    }
    if (pools->is_string()) {
        wishes.pool_names = words(pools->get_ref<const std::string&>());
    } else if (pools->is_object()) {
        wishes.pools = std::move(*pools);
    } else {
        return invalid(
            "is neither a map of pools, such as \"cache: {port: 11211, servers: "
            "[10.0.0.1:11211:1]}\", nor names of pools that the injector has");
    }
    return Done{};
}

// A name of a ConfigMap or Secret: RFC 1123 (apimachinery, IsDNS1123Subdomain).
Status take_object_name(std::string_view text, std::string& name) {
    const auto is_outer = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    bool is_good = !text.empty() && text.size() <= kObjectNameBytesMax;
    for (std::size_t i = 0; is_good && i < text.size(); ++i) {
        const bool is_edge =
            i == 0 || i + 1 == text.size() || text[i - 1] == '.' || text[i + 1] == '.';
        is_good = is_outer(text[i]) || (!is_edge && text[i] == '-') ||
                  (text[i] == '.' && i > 0 && i + 1 < text.size() && is_outer(text[i - 1]));
    }
    if (!is_good) {
        return invalid(
            fmt::format("{} is no name of an object: lower-case letters, digits, \"-\" "
                        "and \".\"",
                        in_quotes(text)));
    }
    name = text;
    return Done{};
}

Status take_image(Wishes& wishes, std::string_view text) {
    const bool is_image =
        !text.empty() && text.size() <= kImageBytesMax &&
        std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (!is_image) {
        return invalid(fmt::format("{} is no image; write for example \"registry/ringside:1\"",
                                   in_quotes(text)));
    }
    wishes.image = text;
    return Done{};
}

Status take_amount(std::string_view text, std::string& amount) {
    if (!parse_quantity(text)) {
        return invalid(
            fmt::format("{} is no amount; write for example \"100m\" of CPU, \"128Mi\" "
                        "of memory",
                        in_quotes(text)));
    }
    amount = text;
    return Done{};
}

Status take_port(std::string_view text, std::uint16_t& port) {
    const auto number = base::parse_unsigned(text, 1, UINT16_MAX);
    if (!number) {
        return invalid(
            fmt::format("{} is no port; write a number from 1 to 65535", in_quotes(text)));
    }
    port = static_cast<std::uint16_t>(*number);
    return Done{};
}

template <std::size_t kCount>
Status take_one_of(std::string_view text, const std::array<std::string_view, kCount>& choices,
                   std::string& choice) {
    if (std::find(choices.begin(), choices.end(), text) == choices.end()) {
        std::string all;
        for (const std::string_view each : choices) {
            all += (all.empty() ? "" : ", ") + std::string(each);
        }
        return invalid(fmt::format("{} is not one of {}", in_quotes(text), all));
    }
    choice = text;
    return Done{};
}

Status take_bool(std::string_view text, bool& is_true) {
    std::string word;
    const Status taken = take_one_of(text, std::array<std::string_view, 2>{"true", "false"}, word);
    is_true = word == "true";
    return taken;
}

constexpr std::array kRows{
    AnnotationRow{
        "pools", "a map of pools, or names of pools",
        "The pools, as YAML in the form of the chart's values: `cache: {port: 11211, env: "
        "MEMCACHED, servers: [10.0.0.1:11211:1]}`. They take the place of those that the "
        "injector has. Or names of these, with commas between them: the others are left "
        "out.",
        take_pools},
    AnnotationRow{
        "config", "a configuration (CONFIG.md)",
        "The whole of ringside.yml, instead of `pools`. It has to have `ringside: probes:` "
        "on an address that the kubelet reaches. Changed in a running pod it is loaded "
        "there.",
        [](Wishes& wishes, std::string_view text) -> Status {
            wishes.config = text;
            return Done{};
        }},
    AnnotationRow{
        "config-map", "a name",
        "A ConfigMap of the pod's namespace with the whole configuration under "
        "`ringside.yml`. What `pools` then says, `port` or `socket` and `env` of each, is "
        "for the application's variables only.",
        [](Wishes& wishes, std::string_view text) {
            return take_object_name(text, wishes.config_map);
        }},
    AnnotationRow{"config-secret", "a name", "The same in a Secret.",
                  [](Wishes& wishes, std::string_view text) {
                      return take_object_name(text, wishes.config_secret);
                  }},
    AnnotationRow{"image", "an image", "The image of Ringside.", take_image},
    AnnotationRow{"image-pull-policy", "`Always`, `IfNotPresent` or `Never`", "When it is pulled.",
                  [](Wishes& wishes, std::string_view text) {
                      return take_one_of(
                          text, std::array<std::string_view, 3>{"Always", "IfNotPresent", "Never"},
                          wishes.image_pull_policy);
                  }},
    AnnotationRow{"cpu-request", "such as `50m`", "What the sidecar requests of CPU.",
                  [](Wishes& wishes, std::string_view text) {
                      return take_amount(text, wishes.cpu_request);
                  }},
    AnnotationRow{
        "cpu-limit", "such as `1`", "Its limit.",
        [](Wishes& wishes, std::string_view text) { return take_amount(text, wishes.cpu_limit); }},
    AnnotationRow{"memory-request", "such as `32Mi`", "What it requests of memory.",
                  [](Wishes& wishes, std::string_view text) {
                      return take_amount(text, wishes.memory_request);
                  }},
    AnnotationRow{"memory-limit", "such as `128Mi`", "Its limit.",
                  [](Wishes& wishes, std::string_view text) {
                      return take_amount(text, wishes.memory_limit);
                  }},
    AnnotationRow{"native", "`true` or `false`",
                  "A native sidecar, an init container that stays (Kubernetes 1.29), or a plain "
                  "container.",
                  [](Wishes& wishes, std::string_view text) {
                      return take_bool(text, wishes.native.emplace());
                  }},
    AnnotationRow{
        "probes-port", "a port", "Probes and metrics, on all addresses of the pod.",
        [](Wishes& wishes, std::string_view text) { return take_port(text, wishes.probes_port); }},
    AnnotationRow{
        "admin-port", "a port", "The admin API and the ring page, on 127.0.0.1.",
        [](Wishes& wishes, std::string_view text) { return take_port(text, wishes.admin_port); }},
    AnnotationRow{
        "log-level", "`0` to `11`", "What is logged: 3 errors, 4 warnings, 5 events, 7 details.",
        [](Wishes& wishes, std::string_view text) -> Status {
            if (!base::parse_unsigned(text, 0, 11)) {
                return invalid(fmt::format("{} is no number from 0 to 11", in_quotes(text)));
            }
            wishes.log_level = text;
            return Done{};
        }},
    AnnotationRow{"env", "`enabled` or `disabled`",
                  "Whether containers get the variables that say where the pools are.",
                  [](Wishes& wishes, std::string_view text) {
                      std::string word;
                      const Status taken = take_one_of(
                          text, std::array<std::string_view, 2>{"enabled", "disabled"}, word);
                      wishes.has_env = word != "disabled";
                      return taken;
                  }},
    AnnotationRow{
        "containers", "names, with commas between them",
        "The containers that get the variables, and the folder of the sockets; without it "
        "all of them.",
        [](Wishes& wishes, std::string_view text) -> Status {
            wishes.containers = words(text);
            return wishes.containers.empty() ? Status(invalid("names no container"))
                                             : Status(Done{});
        }},
};

// What two of them say of one thing.
Status check_together(const Wishes& wishes) {
    const int sources = (wishes.config ? 1 : 0) + (wishes.config_map.empty() ? 0 : 1) +
                        (wishes.config_secret.empty() ? 0 : 1);
    if (sources > 1) {
        return invalid(
            "ringside.dev/config, ringside.dev/config-map and ringside.dev/config-secret each give "
            "the whole configuration: write one of them");
    }
    if (wishes.config && (wishes.pools || !wishes.pool_names.empty())) {
        return invalid(
            "ringside.dev/pools: would be ignored, as ringside.dev/config gives the "
            "whole configuration: write one of them");
    }
    if (sources == 1 && !wishes.pool_names.empty()) {
        return invalid(
            "ringside.dev/pools: pools of the injector cannot be had beside a whole "
            "configuration: write their ports as a map");
    }
    return Done{};
}

std::string unknown(std::string_view name) {
    if (name == kInjectLabel.substr(kPrefix.size())) {
        return "ringside.dev/inject is a label, and has no effect as an annotation";
    }
    std::vector<std::string_view> names;
    for (const AnnotationRow& row : kRows) {
        names.push_back(row.name);
    }
    return fmt::format("ringside.dev/{} is no annotation of Ringside, and has no effect{}",
                       name.substr(0, 64), config::did_you_mean(name, names));
}

}  // namespace

std::span<const AnnotationRow> annotation_rows() noexcept {
    return kRows;
}

Expected<Asked> read_annotations(const Json& annotations) {
    Asked asked;
    if (!annotations.is_object()) {
        return asked;
    }
    for (const auto& [key, value] : annotations.items()) {
        if (!key.starts_with(kPrefix) || key == kStatusAnnotation) {
            continue;
        }
        const std::string_view name = std::string_view(key).substr(kPrefix.size());
        const auto* const row = std::find_if(
            kRows.begin(), kRows.end(), [name](const auto& each) { return each.name == name; });
        if (row == kRows.end()) {
            asked.warnings.push_back(unknown(name));
            continue;
        }
        if (const Status set = row->set(asked.wishes, value.get_ref<const std::string&>()); !set) {
            return set.error().in(key);
        }
    }
    const Status together = check_together(asked.wishes);
    return together ? Expected<Asked>(std::move(asked)) : together.error();
}

}  // namespace ringside::inject
