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
    const char* const folder = std::getenv("RINGSIDE_PROGRAMS");
    return (folder != nullptr ? folder : std::string(RINGSIDE_BIN_DIR)) + "/" + name;
}

bool are_programs_sanitized() {
#ifdef RINGSIDE_SANITIZED
    return std::getenv("RINGSIDE_PROGRAMS") == nullptr;
#else
    return std::getenv("RINGSIDE_UNDER_TEST") != nullptr;
#endif
}

}  // namespace ringside::checkout
