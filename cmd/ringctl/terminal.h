// What a terminal can do that a file cannot.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::ctl {

// Whether standard output may be coloured: it is a terminal that can, and NO_COLOR is not set
// (https://no-color.org).
bool can_colour();

// Whether standard output is a terminal.
bool is_terminal();

enum class Colour : std::uint8_t {
    red = 31,
    green = 32,
    yellow = 33,
    blue = 34,
    magenta = 35,
    cyan = 36
};

std::string coloured(std::string_view text, Colour colour);
std::string bold(std::string_view text);

// With the colours of what it says: "in_ring" is green, "ejected_by_health" red.
std::string painted(std::string_view word);

// One line of a terminal, in whose place the next one comes; nothing where output is no terminal.
class ProgressLine {
  public:
    ProgressLine() : is_shown_(is_terminal()) {}
    ~ProgressLine() { clear(); }

    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    // `text` has no control characters.
    void show(std::string_view text);
    void clear();

  private:
    bool is_shown_;
    bool is_dirty_ = false;
};

// Forgets what stands there, for the next picture of a series.
inline constexpr std::string_view kClearScreen = "\x1b[H\x1b[2J\x1b[3J";

}  // namespace ringside::ctl
