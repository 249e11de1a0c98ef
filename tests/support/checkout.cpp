#include "support/checkout.h"

#include <cstdlib>

namespace ringside::checkout {

std::string path(const std::string& relative) {
    return std::string(RINGSIDE_SOURCE_DIR "/") + relative;
}

std::string program(const std::string& name) {
    const char* const other = std::getenv("RINGSIDE_UNDER_TEST");
    if (name == "ringside" && other != nullptr) {
        return other;
    }
    return std::string(RINGSIDE_BIN_DIR "/") + name;
}

}  // namespace ringside::checkout
