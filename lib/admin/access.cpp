#include "admin/access.h"

#include "admin/answers.h"
#include "base/host_name.h"
#include "base/parse.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <string>
#include <utility>

namespace ringside::admin {
namespace {

constexpr unsigned kUnauthorized = 401;
constexpr unsigned kForbidden = 403;
constexpr unsigned kUnsupportedMediaType = 415;
constexpr unsigned kMisdirectedRequest = 421;

bool is_ipv6(std::string_view text) {
    in6_addr address{};
    return inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

bool is_ipv4(std::string_view text) {
    in_addr address{};
    return inet_pton(AF_INET, std::string(text).c_str(), &address) == 1;
}

bool is_port_or_nothing(std::string_view rest) {
    return rest.empty() || (rest.starts_with(':') &&
                            base::parse_unsigned(rest.substr(1), 1, UINT16_MAX).has_value());
}

// A public name has a dot; one without is found by the machine's own means only.
bool is_local_name(std::string_view name) noexcept {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
}

// A view, where optional::value_or() would make a copy.
std::string_view text_of(const std::optional<std::string>& field,
                         std::string_view otherwise) noexcept {
    return field ? std::string_view(*field) : otherwise;
}

// Media types are the same in any case (RFC 9110, 8.3.1).
bool is_json(std::string_view content_type) noexcept {
    constexpr std::string_view kJson = "application/json";
    const std::string_view type = content_type.substr(0, content_type.find(';'));
    return std::equal(type.begin(), type.end(), kJson.begin(), kJson.end(), [](char a, char b) {
        return a == b || (a >= 'A' && a <= 'Z' && a - 'A' + 'a' == b);
    });
}

}  // namespace

base::Expected<Access> Access::open(std::vector<std::string> hosts, const std::string& token_file) {
    Access access;
    access.hosts_ = std::move(hosts);
    if (!token_file.empty()) {
        auto token = BearerToken::open(token_file);
        if (!token) {
            return token.error();
        }
        access.token_ = std::move(*token);
    }
    return access;
}

bool Access::is_named(std::string_view host) const {
    const std::string_view name = host.substr(0, host.find(':'));
    return is_port_or_nothing(host.substr(name.size())) &&
           std::find(hosts_.begin(), hosts_.end(), base::canonical_host_name(name)) != hosts_.end();
}

bool Access::is_trusted_host(std::string_view host) const {
    if (host.starts_with('[')) {
        const std::size_t end = host.find(']');
        return end != std::string_view::npos && is_ipv6(host.substr(1, end - 1)) &&
               is_port_or_nothing(host.substr(end + 1));
    }
    const std::string_view name = host.substr(0, host.find(':'));
    const bool is_local = is_ipv4(name) || is_local_name(name);
    return is_local ? is_port_or_nothing(host.substr(name.size())) : is_named(host);
}

// What a browser says of a page that came from this listener, as the ring page does. Host and port
// are as it has written them into the Host. By a configured name something may stand in between
// that speaks TLS for us.
bool Access::is_own_origin(std::string_view origin, std::string_view host) const {
    const std::size_t end = origin.find("://");
    if (end == std::string_view::npos || origin.substr(end + 3) != host) {
        return false;
    }
    const std::string_view scheme = origin.substr(0, end);
    return scheme == "http" || (scheme == "https" && is_named(host));
}

std::optional<http::Response> Access::refuse_foreign(const http::Request& request) const {
    // Only HTTP/1.0 may leave the Host out, which no browser speaks.
    if (request.host && !is_trusted_host(*request.host)) {
        return error_answer(kMisdirectedRequest, "foreign_host",
                            "the Host must be an IP address, localhost, a name without a dot or "
                            "one of ringside.admin_hosts");
    }
    if (request.method != http::Method::post) {
        return std::nullopt;
    }
    const std::string_view site = text_of(request.fetch_site, "none");
    const bool is_foreign =
        request.origin && !is_own_origin(*request.origin, text_of(request.host, ""));
    if (is_foreign || (site != "none" && site != "same-origin")) {
        return error_answer(kForbidden, "foreign_origin",
                            "pages of other sites may not change anything here");
    }
    const std::string_view type = text_of(request.content_type, "");
    const bool may_be_left_out = type.empty() && request.body.empty();
    if (!may_be_left_out && !is_json(type)) {
        return error_answer(kUnsupportedMediaType, "unsupported_media_type",
                            "a body, if any, must be application/json");
    }
    return std::nullopt;
}

std::optional<http::Response> Access::refuse_unknown(const http::Request& request) {
    const std::string_view shown = text_of(request.authorization, "");
    if (!token_.is_asked_for() || token_.is_shown_by(shown)) {
        return std::nullopt;
    }
    http::Response refusal = error_answer(
        kUnauthorized, "unauthorized",
        shown.empty() ? "who asks here has to show the token of ringside.admin_token_file: "
                        "Authorization: Bearer TOKEN"
                      : "this is not the token of ringside.admin_token_file");
    // RFC 6750, section 3.
    refusal.headers.emplace_back(
        "WWW-Authenticate", shown.empty() ? "Bearer realm=\"ringside\""
                                          : "Bearer realm=\"ringside\", error=\"invalid_token\"");
    return refusal;
}

}  // namespace ringside::admin
