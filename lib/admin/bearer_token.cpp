#include "admin/bearer_token.h"

#include "base/log.h"
#include "config/token_file.h"

#include <fmt/core.h>

#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace ringside::admin {
namespace {

// Whoever may write the file decides who gets in. What cannot be looked at cannot be read either.
base::Expected<std::string> read(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) == 0 && (found.st_mode & S_IWOTH) != 0) {
        return base::Error{base::Errc::malformed,
                           fmt::format("{}: everybody may write it; chmod o-w", path)};
    }
    auto token = config::read_token_file(path);
    if (!token && token.error().code == base::Errc::malformed) {
        return base::Error{base::Errc::malformed,
                           token.error().message +
                               "; write one line without blanks, such as `openssl rand -hex 32`"};
    }
    return token;
}

// Goes through all of `secret`, whatever `given` is.
bool is_same(std::string_view given, std::string_view secret) noexcept {
    volatile unsigned difference = given.size() == secret.size() ? 0 : 1;
    for (std::size_t i = 0; i < secret.size(); ++i) {
        const char c = i < given.size() ? given[i] : '\0';
        difference = difference | static_cast<unsigned>(c ^ secret[i]);
    }
    return difference == 0;
}

// "Bearer TOKEN", the first word in any case (RFC 9110, 11.1); nothing if it is something else.
std::string_view token_in(std::string_view authorization) noexcept {
    constexpr std::string_view kScheme = "bearer";
    const std::string_view word = authorization.substr(0, authorization.find(' '));
    const bool is_bearer =
        std::equal(word.begin(), word.end(), kScheme.begin(), kScheme.end(),
                   [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a + 32 == b); });
    if (!is_bearer) {
        return {};
    }
    authorization.remove_prefix(word.size());
    authorization.remove_prefix(
        std::min(authorization.find_first_not_of(' '), authorization.size()));
    return authorization;
}

}  // namespace

base::Expected<BearerToken> BearerToken::open(std::string path) {
    auto token = read(path);
    if (!token) {
        return token.error();
    }
    struct stat found {};
    if (::stat(path.c_str(), &found) == 0 && (found.st_mode & S_IROTH) != 0) {
        base::log().warn({base::LogEvent::admin_token},
                         "{}: everybody on this machine may read the token; chmod o-r", path);
    }
    BearerToken opened;
    opened.path_ = std::move(path);
    opened.token_ = std::move(*token);
    return opened;
}

bool BearerToken::is_shown_by(std::string_view authorization) {
    read_again();
    return is_same(token_in(authorization), token_);
}

void BearerToken::read_again() {
    auto token = read(path_);
    if (!token) {
        if (std::exchange(problem_, token.error().message) != problem_) {
            base::log().warn({.event = base::LogEvent::admin_token, .cause = problem_},
                             "admin: {}; the token that was there before stays in force", problem_);
        }
        return;
    }
    const bool is_new = *token != token_;
    if (is_new || !problem_.empty()) {
        base::log().info({base::LogEvent::admin_token}, "admin: {}: {}", path_,
                         is_new ? "a new token" : "can be read again");
    }
    token_ = std::move(*token);
    problem_.clear();
}

}  // namespace ringside::admin
