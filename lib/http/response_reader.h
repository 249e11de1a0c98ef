// Reads one response of any server, piece by piece: with a length, in chunks or up to the end of
// the connection. No sockets, no clock.
#pragma once

#include "base/expected.h"
#include "http/message.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ringside::http {

// The status line, and what a client may want to know of the fields.
struct ResponseHead {
    unsigned status = 0;
    std::string content_type;
    std::string location;     // of redirections
    std::string retry_after;  // seconds or a date, as sent
};

class ResponseReader {
  public:
    // Status line and fields. Over it: malformed.
    static constexpr std::uint32_t kHeadBytesMax = 16U << 10;

    using OnBody = std::function<void(std::string_view)>;

    // `method`: of the request, as the answer to HEAD has no body. `on_body` gets the body as it
    // comes, without its framing.
    ResponseReader(Method method, OnBody on_body);
    ~ResponseReader();

    ResponseReader(const ResponseReader&) = delete;
    ResponseReader& operator=(const ResponseReader&) = delete;

    // The next bytes of the connection. malformed: what comes is no response; nothing can be read
    // any more. What follows a complete response is ignored.
    base::Status take(std::string_view bytes);
    // The connection has ended. io: in the middle of the response.
    base::Status end();

    // Nothing before has_head().
    bool has_head() const noexcept;
    const ResponseHead& head() const noexcept;
    bool is_complete() const noexcept;
    // Whether the connection may be used for another request then.
    bool keep_alive() const;

  private:
    class Parser;
    std::unique_ptr<Parser> parser_;
    std::string pending_;  // the beginning of a head, or of a chunk's
};

}  // namespace ringside::http
