#include "config/token_file.h"

#include "config/file.h"

#include <fmt/core.h>

#include <algorithm>

namespace ringside::config {

base::Expected<std::string> read_token_file(const std::string& path) {
    auto token = read_regular_file(path, kTokenBytesMax);
    if (!token) {
        return token;
    }
    while (!token->empty() && (token->back() == '\n' || token->back() == '\r')) {
        token->pop_back();
    }
    const bool is_token =
        !token->empty() && token->size() <= kTokenBytesMax &&
        std::all_of(token->begin(), token->end(), [](char c) { return c > 0x20 && c <= 0x7e; });
    if (!is_token) {
        return base::Error{base::Errc::malformed, fmt::format("{}: holds no token", path)};
    }
    return token;
}

}  // namespace ringside::config
