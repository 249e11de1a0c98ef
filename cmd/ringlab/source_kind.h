// The sources of nodes that the lab can play.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringside::lab {

enum class SourceKind : std::uint8_t { elasticache, file, dns, srv, kubernetes };

struct SourceKindRow {
    SourceKind kind;
    std::string_view name;
};

inline constexpr auto kSourceKinds = std::to_array<SourceKindRow>({
    {SourceKind::elasticache, "elasticache"},
    {SourceKind::file, "file"},
    {SourceKind::dns, "dns"},
    {SourceKind::srv, "srv"},
    {SourceKind::kubernetes, "kubernetes"},
});

constexpr std::string_view to_string(SourceKind kind) noexcept {
    for (const auto& [row_kind, name] : kSourceKinds) {
        if (row_kind == kind) {
            return name;
        }
    }
    return {};
}

// Nothing if it is none of them.
constexpr std::optional<SourceKind> parse_source(std::string_view name) noexcept {
    for (const SourceKindRow& row : kSourceKinds) {
        if (row.name == name) {
            return row.kind;
        }
    }
    return std::nullopt;
}

// "a, b or c", for who may choose.
inline std::string source_choices() {
    std::string text;
    for (std::size_t i = 0; i < kSourceKinds.size(); ++i) {
        text += i == 0 ? "" : i + 1 == kSourceKinds.size() ? " or " : ", ";
        text += kSourceKinds[i].name;
    }
    return text;
}

}  // namespace ringside::lab
