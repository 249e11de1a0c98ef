#include "admin/answers.h"

#include "admin/json.h"
#include "base/md5.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace ringside::admin {
namespace {

constexpr unsigned kNotModified = 304;

unsigned status_of(base::Errc code) noexcept {
    switch (code) {
        case base::Errc::invalid_argument:
        case base::Errc::malformed:
            return 400;
        case base::Errc::not_found:
            return 404;
        case base::Errc::conflict:
            return 409;
        case base::Errc::invalid_config:
        case base::Errc::io:
            return 500;
        case base::Errc::timed_out:
            return 504;
    }
    return 500;
}

// RFC 9110, sections 13.1.2 and 8.8.3.2: weak comparison, in which W/ does not count. No tag of
// ours has a comma.
bool has_tag(std::string_view if_none_match, std::string_view tag) {
    constexpr std::string_view kWeak = "W/";
    constexpr std::string_view kBlanks = " \t";
    tag.remove_prefix(kWeak.size());
    while (!if_none_match.empty()) {
        std::string_view item = if_none_match.substr(0, if_none_match.find(','));
        if_none_match.remove_prefix(std::min(if_none_match.size(), item.size() + 1));
        item.remove_prefix(std::min(item.find_first_not_of(kBlanks), item.size()));
        item = item.substr(0, item.find_last_not_of(kBlanks) + 1);
        item.remove_prefix(item.starts_with(kWeak) ? kWeak.size() : 0);
        if (item == tag || item == "*") {
            return true;
        }
    }
    return false;
}

}  // namespace

http::Response json_answer(std::string body) {
    http::Response response;
    response.body = std::move(body);
    return response;
}

http::Response text_answer(unsigned status, std::string body) {
    http::Response response;
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body = std::move(body);
    return response;
}

std::string tag_of(std::string_view text) {
    const base::Md5Digest digest = base::md5(text);
    std::string tag = "W/\"";
    for (const std::uint8_t byte : digest) {
        tag += fmt::format("{:02x}", byte);
    }
    return tag + '"';
}

void set_body(http::Response& response, http::NextPiece pieces) {
    response.body = pieces();
    const std::string second = pieces();
    if (!second.empty()) {  // else what is small is sent with its length
        response.body += second;
        response.rest = std::move(pieces);
    }
}

http::Response tagged_answer(const http::Request& request, const std::string& tag,
                             const std::function<http::NextPiece()>& make_pieces) {
    http::Response response;
    if (has_tag(request.if_none_match.value_or(std::string()), tag)) {
        response.status = kNotModified;
    } else {
        set_body(response, make_pieces());
    }
    response.headers.emplace_back("ETag", tag);
    response.headers.emplace_back("Cache-Control", "no-cache");  // may be kept, but asked about
    return response;
}

http::Response tagged_answer(const http::Request& request, std::string body) {
    const std::string tag = tag_of(body);
    return tagged_answer(request, tag, [&body] {
        return [text = std::move(body)]() mutable { return std::exchange(text, {}); };
    });
}

http::Response error_answer(unsigned status, std::string_view code, std::string_view detail) {
    http::Response response;
    response.status = status;
    response.content_type = "application/problem+json";
    response.body = problem_json({status, http::reason_phrase(status), code, detail});
    return response;
}

http::Response error_answer(const base::Error& error) {
    return error_answer(status_of(error.code), base::to_string(error.code), error.message);
}

}  // namespace ringside::admin
