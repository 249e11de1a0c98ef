#include "admin/http.h"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace ringside::admin {
namespace {

namespace http = boost::beast::http;

using RequestParser = http::request_parser<http::empty_body>;
using ResponseParser = http::response_parser<http::empty_body>;

constexpr unsigned kBadRequest = 400;
constexpr unsigned kContentTooLarge = 413;
constexpr unsigned kHeaderTooLarge = 431;
constexpr unsigned kNotImplemented = 501;
constexpr unsigned kVersionNotSupported = 505;

HttpRequestRead refuse(unsigned status, std::string reason) {
    HttpRequestRead read;
    read.status = HttpReadStatus::refused;
    read.refusal_status = status;
    read.refusal = std::move(reason);
    return read;
}

std::string_view view(boost::beast::string_view text) noexcept {
    return {text.data(), text.size()};
}

template <typename Fields>
std::optional<std::string> field_of(const Fields& fields, http::field name) {
    const auto found = fields.find(name);
    if (found == fields.end()) {
        return std::nullopt;
    }
    return std::string(view(found->value()));
}

HttpMethod method_of(http::verb verb) noexcept {
    if (verb == http::verb::get) {
        return HttpMethod::get;
    }
    if (verb == http::verb::head) {
        return HttpMethod::head;
    }
    return verb == http::verb::post ? HttpMethod::post : HttpMethod::other;
}

// RFC 9112, section 3.2.1: origin-form only. A fragment or a byte outside ASCII does not belong
// there either.
bool is_origin_form(std::string_view target) noexcept {
    return target.starts_with('/') && std::all_of(target.begin(), target.end(), [](char c) {
               return c > ' ' && c < '\x7f' && c != '#';
           });
}

// Beast takes the first of several Host or Origin fields and lets the others pass.
bool has_repeated_field(const RequestParser::value_type& message) {
    constexpr std::array kSingle{http::field::host, http::field::origin, http::field::content_type,
                                 http::field::sec_fetch_site};
    return std::any_of(kSingle.begin(), kSingle.end(),
                       [&message](http::field name) { return message.count(name) > 1; });
}

std::optional<HttpRequestRead> judge_header(const RequestParser& parser) {
    const auto& message = parser.get();
    if (message.count(http::field::transfer_encoding) > 0) {
        // RFC 9112, section 6.1: a coding that is not understood. The body cannot be skipped.
        return refuse(kNotImplemented, "transfer codings are not supported; send Content-Length");
    }
    if (message.version() == 11 && message.count(http::field::host) == 0) {
        return refuse(kBadRequest, "HTTP/1.1 needs a Host field");
    }
    if (has_repeated_field(message)) {
        return refuse(kBadRequest,
                      "Host, Origin, Sec-Fetch-Site, Content-Type: one of each at most");
    }
    if (!is_origin_form(view(message.target()))) {
        return refuse(kBadRequest, "the request target must be an absolute path");
    }
    if (parser.content_length().value_or(0) > kHttpBodyBytesMax) {
        return refuse(kContentTooLarge,
                      fmt::format("the body is limited to {} bytes", kHttpBodyBytesMax));
    }
    return std::nullopt;
}

HttpRequestRead header_failure(const boost::system::error_code& error, std::size_t bytes) {
    const bool whole_header_may_still_come = error == http::error::need_more;
    if (error == http::error::header_limit ||
        (whole_header_may_still_come && bytes >= kHttpHeaderBytesMax)) {
        return refuse(kHeaderTooLarge,
                      fmt::format("the header is limited to {} bytes", kHttpHeaderBytesMax));
    }
    if (whole_header_may_still_come) {
        return {};
    }
    if (error == http::error::bad_version) {
        return refuse(kVersionNotSupported, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    }
    return refuse(kBadRequest, "malformed request: " + error.message());
}

HttpRequestRead complete_request(const RequestParser& parser, std::string_view body) {
    const auto& message = parser.get();
    const std::string_view target = view(message.target());
    const std::string_view path = target.substr(0, target.find('?'));
    const std::string_view query_text =
        path.size() < target.size() ? target.substr(path.size() + 1) : std::string_view{};
    auto query = parse_query(query_text);
    if (!query) {
        return refuse(kBadRequest, "malformed percent-encoding in the query");
    }
    HttpRequestRead read;
    read.status = HttpReadStatus::complete;
    HttpRequest& request = read.request;
    request.method = method_of(message.method());
    request.path = path;
    request.query = std::move(*query);
    request.host = field_of(message, http::field::host);
    request.origin = field_of(message, http::field::origin);
    request.fetch_site = field_of(message, http::field::sec_fetch_site);
    request.content_type = field_of(message, http::field::content_type);
    request.body = body;
    request.keep_alive = parser.keep_alive();
    return read;
}

// A CR or LF in a field would begin a new one; other control characters have no business there.
std::string printable(std::string_view text) {
    std::string result(text);
    std::replace_if(
        result.begin(), result.end(), [](char c) { return c < ' ' || c == '\x7f'; }, '?');
    return result;
}

}  // namespace

std::string_view to_string(HttpMethod method) noexcept {
    switch (method) {
        case HttpMethod::get:
            return "GET";
        case HttpMethod::head:
            return "HEAD";
        case HttpMethod::post:
            return "POST";
        case HttpMethod::other:
            return "other";
    }
    return "other";
}

std::optional<std::string_view> HttpRequest::parameter(std::string_view name) const noexcept {
    const auto found = std::find_if(query.begin(), query.end(),
                                    [name](const auto& entry) { return entry.name == name; });
    if (found == query.end()) {
        return std::nullopt;
    }
    return found->value;
}

HttpRequestRead read_request(std::string_view bytes) {
    RequestParser parser;
    parser.header_limit(kHttpHeaderBytesMax);
    parser.body_limit(boost::none);  // judge_header() has the limit, with an answer of its own
    boost::system::error_code error;
    const std::size_t header_bytes =
        parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    if (error) {
        return header_failure(error, bytes.size());
    }
    // Beast measures the request line and the fields apart.
    if (header_bytes > kHttpHeaderBytesMax) {
        return header_failure(http::error::header_limit, bytes.size());
    }
    if (auto refusal = judge_header(parser)) {
        return std::move(*refusal);
    }
    const auto body_bytes = static_cast<std::size_t>(parser.content_length().value_or(0));
    if (bytes.size() - header_bytes < body_bytes) {
        return {};
    }
    HttpRequestRead read = complete_request(parser, bytes.substr(header_bytes, body_bytes));
    read.consumed_bytes = header_bytes + body_bytes;
    return read;
}

bool begins_http(std::string_view bytes) noexcept {
    return !bytes.empty() && bytes.front() >= 'A' && bytes.front() <= 'Z';
}

HttpResponseRead read_response(std::string_view bytes, HttpMethod method) {
    HttpResponseRead read;
    ResponseParser parser;
    parser.skip(method == HttpMethod::head);
    parser.body_limit(boost::none);
    boost::system::error_code error;
    const std::size_t header_bytes =
        parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    if (error == http::error::need_more) {
        return read;
    }
    const bool has_length = !error && parser.content_length().has_value();
    if (!has_length) {
        read.status = HttpReadStatus::refused;
        read.refusal = error ? error.message() : "an answer without Content-Length";
        return read;
    }
    const bool without_body = method == HttpMethod::head;
    const auto body_bytes = static_cast<std::size_t>(without_body ? 0 : *parser.content_length());
    if (bytes.size() - header_bytes < body_bytes) {
        return read;
    }
    const auto& message = parser.get();
    read.status = HttpReadStatus::complete;
    read.consumed_bytes = header_bytes + body_bytes;
    read.keep_alive = parser.keep_alive();
    read.response.status = message.result_int();
    read.response.content_type =
        field_of(message, http::field::content_type).value_or(std::string());
    read.response.body = bytes.substr(header_bytes, body_bytes);
    return read;
}

std::string format_response(const HttpResponse& response, const HttpFraming& framing) {
    std::string text = fmt::format(
        "HTTP/1.1 {} {}\r\n"
        "Content-Type: {}\r\n"
        "Content-Length: {}\r\n"
        "Cache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Connection: {}\r\n",
        response.status, view(http::obsolete_reason(http::int_to_status(response.status))),
        printable(response.content_type), response.body.size(),
        framing.keep_alive ? "keep-alive" : "close");
    for (const auto& [name, value] : response.headers) {
        fmt::format_to(std::back_inserter(text), "{}: {}\r\n", printable(name), printable(value));
    }
    text += "\r\n";
    if (!framing.without_body) {
        text += response.body;
    }
    return text;
}

}  // namespace ringside::admin
