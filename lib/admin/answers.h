// The forms that answers take.
#pragma once

#include "base/error.h"
#include "http/message.h"

#include <functional>
#include <string>
#include <string_view>

namespace ringside::admin {

http::Response json_answer(std::string body);
http::Response text_answer(unsigned status, std::string body);

// The body is what `pieces` give; what is small is sent with its length.
void set_body(http::Response& response, http::NextPiece pieces);

// With an ETag of `body`; 304 without it if the request's If-None-Match has that.
http::Response tagged_answer(const http::Request& request, std::string body);
// The same of a body that is large, and made only if it is wanted, piece by piece; `tag` is
// tag_of() what decides it.
http::Response tagged_answer(const http::Request& request, const std::string& tag,
                             const std::function<http::NextPiece()>& make_pieces);

// W/"0123456789abcdef0123456789abcdef": weak, as the coding of a body may differ.
std::string tag_of(std::string_view text);

// A problem (RFC 9457) with this status: `detail` for people, `code` for programs.
http::Response error_answer(unsigned status, std::string_view code, std::string_view detail);
// With the status that goes with the error's code.
http::Response error_answer(const base::Error& error);

}  // namespace ringside::admin
