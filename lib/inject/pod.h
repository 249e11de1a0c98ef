// What stands in a pod: whether it is one, and where.
#pragma once

#include "inject/json.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace ringside::inject {

// All annotations of an object, names and texts (apimachinery, TotalAnnotationSizeLimitB).
inline constexpr std::size_t kAnnotationsBytesMax = std::size_t{256} << 10;

// As far as this layer looks at it: empty, or where it is not what Kubernetes takes: "spec: ...".
// What stands there as null counts as absent.
std::string problem_of_pod(const Json& pod);

// The rest requires that there is no problem.

// Of `metadata`: `labels` or `annotations`. A map, or null.
const Json& metadata_map(const Json& pod, std::string_view name);

// Of `spec`: `containers`, `initContainers` or `volumes`. A list, or null.
const Json& spec_list(const Json& pod, std::string_view name);

// The item of a list that has the name; null without one. `list`: of maps, or null.
const Json* named(const Json& list, std::string_view name) noexcept;

std::size_t annotations_bytes(const Json& pod);

}  // namespace ringside::inject
