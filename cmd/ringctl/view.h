// How an answer is shown.
#pragma once

#include <cstdint>

namespace ringside::ctl {

enum class Format : std::uint8_t { table, wide, json, yaml };

struct View {
    Format format = Format::table;
    bool colour = false;

    bool is_wide() const noexcept { return format == Format::wide; }
    // For programs: the API's answer and nothing else.
    bool is_data() const noexcept { return format == Format::json || format == Format::yaml; }
};

}  // namespace ringside::ctl
