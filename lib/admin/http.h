// HTTP/1.1 messages as plain values, from and to bytes: no sockets, no clock.
//
// The only unit that knows Boost.Beast, and of it only the header parser. Requests are judged more
// strictly than Beast does: what two readers could understand differently is refused (RFC 9112,
// sections 3.2 and 6.3; docs/ADMIN_API.md lists the rules).
#pragma once

#include "admin/uri.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::admin {

// The request line and the header fields. Over it: 431 and close.
inline constexpr std::size_t kHttpHeaderBytesMax = std::size_t{8} << 10;
// A body holds a few parameters. Over it: 413 and close.
inline constexpr std::size_t kHttpBodyBytesMax = std::size_t{4} << 10;

enum class HttpMethod : std::uint8_t { get, head, post, other };

std::string_view to_string(HttpMethod method) noexcept;

struct HttpRequest {
    HttpMethod method = HttpMethod::get;
    std::string path;                   // as sent, still percent-encoded; begins with '/'
    std::vector<QueryParameter> query;  // decoded
    std::optional<std::string> host;    // never missing in HTTP/1.1
    std::optional<std::string> origin;
    std::optional<std::string> fetch_site;  // Sec-Fetch-Site: what a browser says about the sender
    std::optional<std::string> content_type;
    std::string body;
    bool keep_alive = true;

    // The value of a query parameter; the first one if it is repeated.
    std::optional<std::string_view> parameter(std::string_view name) const noexcept;
};

struct HttpResponse {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string body;
    // Beyond those that every answer has. Control characters are replaced when they are written.
    std::vector<std::pair<std::string, std::string>> headers;
};

enum class HttpReadStatus : std::uint8_t { need_more, complete, refused };

struct HttpRequestRead {
    HttpReadStatus status = HttpReadStatus::need_more;
    std::size_t consumed_bytes = 0;  // complete: how much of the input the request takes
    HttpRequest request;             // complete
    unsigned refusal_status = 0;     // refused: the HTTP status to answer with before closing
    std::string refusal;             // refused: one sentence, safe to show
};

// Reads one request from the front of `bytes`. Stateless: call it again with more bytes.
HttpRequestRead read_request(std::string_view bytes);

// Whether the client of the statistics port speaks HTTP, by its first byte: every method begins
// with a capital letter. Scrapers send nothing, and `nc` may be given an empty line.
bool begins_http(std::string_view bytes) noexcept;

struct HttpResponseRead {
    HttpReadStatus status = HttpReadStatus::need_more;
    std::size_t consumed_bytes = 0;
    HttpResponse response;
    bool keep_alive = false;
    std::string refusal;
};

// Reads one response of our own server, which always tells the length of the body.
HttpResponseRead read_response(std::string_view bytes, HttpMethod method);

// How an answer is framed, which depends on the request.
struct HttpFraming {
    bool keep_alive = true;
    bool without_body = false;  // the answer to HEAD: the same header, no body
};

// Status line, header and, unless it is left out, body. Nothing in `response` can add a header.
std::string format_response(const HttpResponse& response, const HttpFraming& framing);

}  // namespace ringside::admin
