#include "support/checkout.h"

namespace ringside::checkout {

std::string path(const std::string& relative) {
    return std::string(RINGSIDE_SOURCE_DIR "/") + relative;
}

std::string program(const std::string& name) {
    return std::string(RINGSIDE_BIN_DIR "/") + name;
}

}  // namespace ringside::checkout
