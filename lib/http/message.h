// HTTP/1.1 messages as plain values, from and to bytes: no sockets, no clock.
//
// Of Boost.Beast it uses the header parser only. Requests are judged more
// strictly than Beast does: what two readers could understand differently is refused (RFC 9112,
// sections 3.2 and 6.3; docs/ADMIN_API.md lists the rules).
#pragma once

#include "http/body_stream.h"
#include "http/uri.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::http {

// How long a request may be. The defaults are for people, probes and a few parameters.
struct MessageLimits {
    // The request line and the header fields. Over it: 431 and close.
    std::uint32_t header_bytes_max = 8U << 10;
    // Over it: 413 and close.
    std::size_t body_bytes_max = std::size_t{4} << 10;
};

enum class Method : std::uint8_t { get, head, post, options, other };

std::string_view to_string(Method method) noexcept;

struct Request {
    std::string peer;  // who has connected, io::peer_name(); empty: not known
    Method method = Method::get;
    std::string path;                   // as sent, still percent-encoded; begins with '/'
    std::vector<QueryParameter> query;  // decoded
    std::optional<std::string> host;    // never missing in HTTP/1.1
    std::optional<std::string> origin;
    std::optional<std::string> fetch_site;  // Sec-Fetch-Site: what a browser says about the sender
    std::optional<std::string> content_type;
    std::optional<std::string> content_encoding;
    std::optional<std::string> authorization;
    // All fields of the name, joined by commas.
    std::optional<std::string> accept;
    std::optional<std::string> accept_encoding;
    std::optional<std::string> if_none_match;
    std::string body;
    bool keep_alive = true;
    bool takes_chunks = true;  // HTTP/1.1

    // The value of a query parameter; the first one if it is repeated.
    std::optional<std::string_view> parameter(std::string_view name) const noexcept;
};

class LaterResponse;

// Gives what comes next of a body, which is made while it is read; nothing: that was all. Each call
// is one step of the loop: a millisecond's work at most.
using NextPiece = std::function<std::string()>;

struct Response {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string body;
    // Beyond those that every answer has. Control characters are replaced when they are written.
    std::vector<std::pair<std::string, std::string>> headers;
    // Not null: this is not the answer yet, and holds nothing else.
    std::shared_ptr<LaterResponse> later = {};
    // Not null: the body is what this gives, and its end is that of the connection.
    std::shared_ptr<BodyStream> stream = {};
    // Not null: what comes behind `body`, which is only its beginning. A copy shares what is left.
    NextPiece rest = nullptr;
    // No other request is answered on this connection.
    bool is_last = false;
};

// An answer that takes time. Shared by who will know it and who waits for it.
class LaterResponse {
  public:
    // To be called once.
    void give(Response response) {
        response_.emplace(std::move(response));
        if (on_given_) {
            on_given_();
        }
    }
    // Null until it is given.
    const Response* get() const noexcept { return response_ ? &*response_ : nullptr; }
    // Calls `on_given` from inside give(); null: calls nobody.
    void wait(std::function<void()> on_given) { on_given_ = std::move(on_given); }

  private:
    std::optional<Response> response_;
    std::function<void()> on_given_;
};

enum class ReadStatus : std::uint8_t { need_more, complete, refused };

struct RequestRead {
    ReadStatus status = ReadStatus::need_more;
    std::size_t consumed_bytes = 0;  // complete: how much of the input the request takes
    Request request;                 // complete
    unsigned refusal_status = 0;     // refused: the HTTP status to answer with before closing
    std::string refusal;             // refused: one sentence, safe to show
};

// Reads one request from the front of `bytes`. Stateless: call it again with more bytes.
RequestRead read_request(std::string_view bytes, const MessageLimits& limits = {});

// Whether who has sent this speaks HTTP, by the first byte: every method begins with a capital
// letter.
bool begins_http(std::string_view bytes) noexcept;

// "Not Found" of 404; "Unknown Status" of what is none.
std::string_view reason_phrase(unsigned status) noexcept;

// How an answer is framed, which depends on the request.
struct Framing {
    bool keep_alive = true;
    bool without_body = false;  // the answer to HEAD: the same header, no body
    bool chunked = true;        // what has a Response::rest; else it ends with the connection
};

// Status line, header and, unless it is left out, body. Nothing in `response` can add a header.
// Cache-Control is no-store, unless `response` has one. 204 and 304 have no body and tell no
// length. Of what has a `rest` it is the beginning.
std::string format_response(const Response& response, const Framing& framing);

// A piece of a body that comes in chunks (RFC 9112, section 7.1); of an empty one, its end.
std::string as_chunk(std::string_view piece);

}  // namespace ringside::http
