// Text from outside in one line of limited size, for warnings, reports and logs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ringside::inject {

// Control characters become blanks; what is longer than `bytes_max` (at least 3) ends in "...",
// behind a whole character. `text` is UTF-8.
std::string one_line(std::string_view text, std::size_t bytes_max);

}  // namespace ringside::inject
