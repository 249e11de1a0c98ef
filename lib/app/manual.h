// ringside(1), the manual page, from the table of options.
#pragma once

#include <string>

namespace ringside::app {

// The whole page. `ringside --print-docs man` writes it.
std::string manual();

}  // namespace ringside::app
