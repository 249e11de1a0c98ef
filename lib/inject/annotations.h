// The annotations and labels by which a pod says what it is to be given, and what tells that it has
// been: one table, for reading them and for docs.
#pragma once

#include <span>
#include <string_view>

namespace ringside::inject {

inline constexpr std::string_view kPrefix = "ringside.dev/";
inline constexpr std::string_view kInjectLabel = "ringside.dev/inject";  // enabled, disabled
inline constexpr std::string_view kStatusAnnotation = "ringside.dev/status";
inline constexpr std::string_view kConfigAnnotation = "ringside.dev/config";

struct AnnotationRow {
    std::string_view name;   // behind kPrefix
    std::string_view value;  // what may be written: "`true` or `false`"
    std::string_view doc;    // one sentence or two
};

// Those that a person may set, in the order of the docs.
std::span<const AnnotationRow> annotation_rows() noexcept;

}  // namespace ringside::inject
