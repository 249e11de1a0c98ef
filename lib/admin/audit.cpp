#include "admin/audit.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace ringside::admin {
namespace {

// How much of a path, and of what was told beside it, a line shows.
constexpr std::size_t kShownBytesMax = 256;

// " for=60s reason=upgrade"
std::string parameters_text(const http::Request& request) {
    std::string text;
    for (const http::QueryParameter& parameter : request.query) {
        text += fmt::format(" {}={}", parameter.name, parameter.value);
    }
    return text.substr(0, kShownBytesMax);
}

}  // namespace

// A bucket that fills by one with each interval, as the time at which it would be full.
bool Audit::may_speak(base::TimePoint now) noexcept {
    const base::TimePoint full_at = std::max(full_at_, now) + kInterval;
    if (full_at - now > kInterval * kBurst) {
        return false;
    }
    full_at_ = full_at;
    return true;
}

std::optional<std::string> Audit::line(const http::Request& request, const http::Response& response,
                                       base::TimePoint now) {
    if (!may_speak(now)) {
        ++left_out_;
        return std::nullopt;
    }
    const std::uint64_t left_out = std::exchange(left_out_, 0);
    return fmt::format(
        "admin: {} {}{}: {}{}{}{}", to_string(request.method),
        std::string_view(request.path).substr(0, kShownBytesMax), parameters_text(request),
        response.status, request.peer.empty() ? "" : ", asked by ", request.peer,
        left_out == 0 ? "" : fmt::format("; before it {} others without a line", left_out));
}

}  // namespace ringside::admin
