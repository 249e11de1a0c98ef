// The sources of nodes that the lab can play.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ringside::lab {

enum class SourceKind : std::uint8_t { elasticache, file, dns, srv, kubernetes };

inline constexpr std::array<std::string_view, 5> kSourceNames{"elasticache", "file", "dns", "srv",
                                                              "kubernetes"};

constexpr std::string_view to_string(SourceKind kind) noexcept {
    return kSourceNames[static_cast<std::size_t>(kind)];
}

// Nothing if it is none of them.
constexpr std::optional<SourceKind> parse_source(std::string_view name) noexcept {
    for (std::size_t i = 0; i < kSourceNames.size(); ++i) {
        if (kSourceNames[i] == name) {
            return static_cast<SourceKind>(i);
        }
    }
    return std::nullopt;
}

}  // namespace ringside::lab
