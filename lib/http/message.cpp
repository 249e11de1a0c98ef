#include "http/message.h"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace ringside::http {
namespace {

namespace beast = boost::beast::http;

using RequestParser = beast::request_parser<beast::empty_body>;

constexpr unsigned kNoContent = 204;
constexpr unsigned kNotModified = 304;
constexpr unsigned kBadRequest = 400;
constexpr unsigned kLengthRequired = 411;
constexpr unsigned kContentTooLarge = 413;
constexpr unsigned kHeaderTooLarge = 431;
constexpr unsigned kNotImplemented = 501;
constexpr unsigned kVersionNotSupported = 505;

RequestRead refuse(unsigned status, std::string reason) {
    RequestRead read;
    read.status = ReadStatus::refused;
    read.refusal_status = status;
    read.refusal = std::move(reason);
    return read;
}

std::string_view view(boost::beast::string_view text) noexcept {
    return {text.data(), text.size()};
}

template <typename Fields>
std::optional<std::string> field_of(const Fields& fields, beast::field name) {
    const auto found = fields.find(name);
    if (found == fields.end()) {
        return std::nullopt;
    }
    return std::string(view(found->value()));
}

// Of a field that may be repeated: RFC 9110, section 5.3.
template <typename Fields>
std::optional<std::string> all_fields_of(const Fields& fields, beast::field name) {
    std::optional<std::string> all;
    const auto [begin, end] = fields.equal_range(name);
    for (auto it = begin; it != end; ++it) {
        all = (all ? *all + ", " : std::string()) + std::string(view(it->value()));
    }
    return all;
}

Method method_of(beast::verb verb) noexcept {
    if (verb == beast::verb::get) {
        return Method::get;
    }
    if (verb == beast::verb::head) {
        return Method::head;
    }
    if (verb == beast::verb::options) {
        return Method::options;
    }
    return verb == beast::verb::post ? Method::post : Method::other;
}

// RFC 9112, section 3.2.1: origin-form only. A fragment or a byte outside ASCII does not belong
// there either.
bool is_origin_form(std::string_view target) noexcept {
    return target.starts_with('/') && std::all_of(target.begin(), target.end(), [](char c) {
               return c > ' ' && c < '\x7f' && c != '#';
           });
}

// What stands behind a header that announces no body, and is no further request: RFC 9112, 6.3,
// takes it for one, which would do what the header says and leave out what the body says. A blank
// line is allowed there (2.2).
bool has_unannounced_body(const RequestParser& parser, std::string_view rest) noexcept {
    rest.remove_prefix(std::min(rest.find_first_not_of("\r\n"), rest.size()));
    return parser.get().method() == beast::verb::post && !parser.content_length() &&
           !rest.empty() && !begins_http(rest);
}

// Beast takes the first of several such fields and lets the others pass.
bool has_repeated_field(const RequestParser::value_type& message) {
    constexpr std::array kSingle{beast::field::host,          beast::field::origin,
                                 beast::field::content_type,  beast::field::sec_fetch_site,
                                 beast::field::authorization, beast::field::content_encoding};
    return std::any_of(kSingle.begin(), kSingle.end(),
                       [&message](beast::field name) { return message.count(name) > 1; });
}

std::optional<RequestRead> judge_header(const RequestParser& parser, const MessageLimits& limits) {
    const auto& message = parser.get();
    if (message.count(beast::field::transfer_encoding) > 0) {
        // RFC 9112, section 6.1: a coding that is not understood. The body cannot be skipped.
        return refuse(kNotImplemented, "transfer codings are not supported; send Content-Length");
    }
    if (message.version() == 11 && message.count(beast::field::host) == 0) {
        return refuse(kBadRequest, "HTTP/1.1 needs a Host field");
    }
    if (has_repeated_field(message)) {
        return refuse(kBadRequest,
                      "Host, Origin, Sec-Fetch-Site, Content-Type, Content-Encoding, "
                      "Authorization: one of each at most");
    }
    if (!is_origin_form(view(message.target()))) {
        return refuse(kBadRequest, "the request target must be an absolute path");
    }
    // RFC 1945, 7.2.2: without it there may be a body, and nothing tells where it ends. Whoever
    // sends one means something by it.
    if (message.method() == beast::verb::post && message.version() == 10 &&
        !parser.content_length()) {
        return refuse(kLengthRequired, "a POST of HTTP/1.0 needs Content-Length, 0 without a body");
    }
    if (parser.content_length().value_or(0) > limits.body_bytes_max) {
        return refuse(kContentTooLarge,
                      fmt::format("the body is limited to {} bytes", limits.body_bytes_max));
    }
    return std::nullopt;
}

RequestRead header_failure(const boost::system::error_code& error, std::size_t bytes,
                           const MessageLimits& limits) {
    const bool whole_header_may_still_come = error == beast::error::need_more;
    if (error == beast::error::header_limit ||
        (whole_header_may_still_come && bytes >= limits.header_bytes_max)) {
        return refuse(kHeaderTooLarge,
                      fmt::format("the header is limited to {} bytes", limits.header_bytes_max));
    }
    if (whole_header_may_still_come) {
        return {};
    }
    if (error == beast::error::bad_version) {
        return refuse(kVersionNotSupported, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    }
    return refuse(kBadRequest, "malformed request: " + error.message());
}

RequestRead complete_request(const RequestParser& parser, std::string_view body) {
    const auto& message = parser.get();
    const std::string_view target = view(message.target());
    const std::string_view path = target.substr(0, target.find('?'));
    const std::string_view query_text =
        path.size() < target.size() ? target.substr(path.size() + 1) : std::string_view{};
    auto query = parse_query(query_text);
    if (!query) {
        return refuse(kBadRequest, "malformed percent-encoding in the query");
    }
    RequestRead read;
    read.status = ReadStatus::complete;
    Request& request = read.request;
    request.method = method_of(message.method());
    request.path = path;
    request.query = std::move(*query);
    request.host = field_of(message, beast::field::host);
    request.origin = field_of(message, beast::field::origin);
    request.fetch_site = field_of(message, beast::field::sec_fetch_site);
    request.content_type = field_of(message, beast::field::content_type);
    request.content_encoding = field_of(message, beast::field::content_encoding);
    request.authorization = field_of(message, beast::field::authorization);
    request.accept = all_fields_of(message, beast::field::accept);
    request.accept_encoding = all_fields_of(message, beast::field::accept_encoding);
    request.if_none_match = all_fields_of(message, beast::field::if_none_match);
    request.body = body;
    request.keep_alive = parser.keep_alive();
    request.takes_chunks = message.version() >= 11;
    return read;
}

// A CR or LF in a field would begin a new one; other control characters have no business there.
std::string printable(std::string_view text) {
    std::string result(text);
    std::replace_if(
        result.begin(), result.end(), [](char c) { return c < ' ' || c == '\x7f'; }, '?');
    return result;
}

// RFC 9110, sections 15.3.5 and 15.4.5; the length of a 304 would be that of another answer.
bool has_no_body(unsigned status) noexcept {
    return status == kNoContent || status == kNotModified;
}

bool ends_with_connection(const Response& response, const Framing& framing) noexcept {
    return response.stream != nullptr || (response.rest && !framing.chunked);
}

std::string body_fields(const Response& response, const Framing& framing) {
    if (has_no_body(response.status)) {
        return {};
    }
    std::string text = fmt::format("Content-Type: {}\r\n", printable(response.content_type));
    if (response.rest && framing.chunked) {
        text += "Transfer-Encoding: chunked\r\n";
    } else if (!ends_with_connection(response, framing)) {
        text += fmt::format("Content-Length: {}\r\n", response.body.size());
    }
    return text;
}

}  // namespace

std::string_view to_string(Method method) noexcept {
    switch (method) {
        case Method::get:
            return "GET";
        case Method::head:
            return "HEAD";
        case Method::post:
            return "POST";
        case Method::options:
            return "OPTIONS";
        case Method::other:
            return "other";
    }
    return "other";
}

std::optional<std::string_view> Request::parameter(std::string_view name) const noexcept {
    const auto found = std::find_if(query.begin(), query.end(),
                                    [name](const auto& entry) { return entry.name == name; });
    if (found == query.end()) {
        return std::nullopt;
    }
    return found->value;
}

RequestRead read_request(std::string_view bytes, const MessageLimits& limits) {
    RequestParser parser;
    parser.header_limit(limits.header_bytes_max);
    parser.body_limit(boost::none);  // judge_header() has the limit, with an answer of its own
    boost::system::error_code error;
    const std::size_t header_bytes =
        parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    if (error) {
        return header_failure(error, bytes.size(), limits);
    }
    // Beast measures the request line and the fields apart.
    if (header_bytes > limits.header_bytes_max) {
        return header_failure(beast::error::header_limit, bytes.size(), limits);
    }
    if (auto refusal = judge_header(parser, limits)) {
        return std::move(*refusal);
    }
    if (has_unannounced_body(parser, bytes.substr(header_bytes))) {
        return refuse(kLengthRequired, "a body needs Content-Length");
    }
    const auto body_bytes = static_cast<std::size_t>(parser.content_length().value_or(0));
    if (bytes.size() - header_bytes < body_bytes) {
        return {};
    }
    RequestRead read = complete_request(parser, bytes.substr(header_bytes, body_bytes));
    read.consumed_bytes = header_bytes + body_bytes;
    return read;
}

bool begins_http(std::string_view bytes) noexcept {
    return !bytes.empty() && bytes.front() >= 'A' && bytes.front() <= 'Z';
}

std::string_view reason_phrase(unsigned status) noexcept {
    return view(beast::obsolete_reason(beast::int_to_status(status)));
}

std::string format_response(const Response& response, const Framing& framing) {
    static constexpr std::string_view kCacheControl = "Cache-Control";
    const bool has_cache_control =
        std::any_of(response.headers.begin(), response.headers.end(),
                    [](const auto& header) { return header.first == kCacheControl; });
    std::string text = fmt::format(
        "HTTP/1.1 {} {}\r\n"
        "{}"
        "{}"
        "X-Content-Type-Options: nosniff\r\n"
        "Connection: {}\r\n",
        response.status, reason_phrase(response.status), body_fields(response, framing),
        has_cache_control ? "" : fmt::format("{}: no-store\r\n", kCacheControl),
        framing.keep_alive && !ends_with_connection(response, framing) ? "keep-alive" : "close");
    for (const auto& [name, value] : response.headers) {
        fmt::format_to(std::back_inserter(text), "{}: {}\r\n", printable(name), printable(value));
    }
    text += "\r\n";
    if (!framing.without_body && !has_no_body(response.status)) {
        const bool is_chunk = response.rest && framing.chunked && !response.body.empty();
        text += is_chunk ? as_chunk(response.body) : response.body;
    }
    return text;
}

std::string as_chunk(std::string_view piece) {
    return fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
}

}  // namespace ringside::http
