// The annotations and the label by which a pod says what it is to be given, and what tells that it
// has been: one table, for reading them and for docs.
#pragma once

#include "base/expected.h"
#include "inject/json.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::inject {

inline constexpr std::string_view kPrefix = "ringside.dev/";
inline constexpr std::string_view kInjectLabel = "ringside.dev/inject";  // enabled, disabled
inline constexpr std::string_view kStatusAnnotation = "ringside.dev/status";
inline constexpr std::string_view kConfigAnnotation = "ringside.dev/config";
inline constexpr std::string_view kPoolsAnnotation = "ringside.dev/pools";

// What the annotations of a pod ask for; what is empty is left as the template has it.
struct Wishes {
    std::optional<Json> pools;            // a map, instead of the template's
    std::vector<std::string> pool_names;  // of the template's
    std::optional<std::string> config;    // the whole text
    std::string config_map;               // the name of one that has it
    std::string config_secret;            // likewise
    std::string image;
    std::string image_pull_policy;
    std::string cpu_request;
    std::string cpu_limit;
    std::string memory_request;
    std::string memory_limit;
    std::optional<bool> native;
    std::uint16_t probes_port = 0;
    std::uint16_t admin_port = 0;
    std::string log_level;  // 0..11
    bool has_env = true;
    std::vector<std::string> containers;  // that get env and sockets; empty: all
};

// An annotation that a person may set.
struct AnnotationRow {
    std::string_view name;   // behind kPrefix
    std::string_view value;  // what may be written: "`true` or `false`"
    std::string_view doc;    // one sentence or two
    // The error holds the reason and the rule, without the annotation.
    base::Status (*set)(Wishes& wishes, std::string_view text);
};

// In the order of the docs.
std::span<const AnnotationRow> annotation_rows() noexcept;

struct Asked {
    Wishes wishes;
    std::vector<std::string> warnings;  // of annotations that there are not
};

// `annotations`: a map of texts, or null. The error names the annotation: "ringside.dev/image:
// ...".
base::Expected<Asked> read_annotations(const Json& annotations);

}  // namespace ringside::inject
