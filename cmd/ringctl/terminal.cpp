#include "terminal.h"

#include <fmt/core.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace ringside::ctl {
namespace {

struct PaintedWord {
    std::string_view word;
    Colour colour;
};

constexpr auto kPainted = std::to_array<PaintedWord>({
    {"ok", Colour::green},
    {"in_ring", Colour::green},
    {"good", Colour::green},
    {"joining", Colour::yellow},
    {"degraded", Colour::yellow},
    {"waiting", Colour::yellow},
    {"held", Colour::yellow},
    {"warning", Colour::yellow},
    {"down", Colour::red},
    {"broken", Colour::red},
    {"failing", Colour::red},
    {"ejected_by_health", Colour::red},
    {"ejected_by_operator", Colour::magenta},
    {"hint", Colour::cyan},
});

}  // namespace

bool can_colour() {
    const char* const no_colour = std::getenv("NO_COLOR");
    const char* const kind = std::getenv("TERM");
    return is_terminal() && (no_colour == nullptr || *no_colour == '\0') &&
           !(kind != nullptr && std::string_view(kind) == "dumb");
}

bool is_terminal() {
    return ::isatty(STDOUT_FILENO) == 1;
}

void ProgressLine::show(std::string_view text) {
    if (is_shown_) {
        fmt::print("\r\x1b[K{}", text);
        std::fflush(stdout);
        is_dirty_ = true;
    }
}

void ProgressLine::clear() {
    if (is_dirty_) {
        fmt::print("\r\x1b[K");
        std::fflush(stdout);
        is_dirty_ = false;
    }
}

std::string coloured(std::string_view text, Colour colour) {
    return fmt::format("\x1b[{}m{}\x1b[0m", static_cast<int>(colour), text);
}

std::string bold(std::string_view text) {
    return fmt::format("\x1b[1m{}\x1b[0m", text);
}

std::string painted(std::string_view word) {
    const auto row = std::find_if(kPainted.begin(), kPainted.end(),
                                  [word](const PaintedWord& each) { return each.word == word; });
    return row == kPainted.end() ? std::string(word) : coloured(word, row->colour);
}

}  // namespace ringside::ctl
