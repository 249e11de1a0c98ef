#include "http/coding.h"

#include "http/accept.h"
#include "http/gzip.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace ringside::http {
namespace {

bool has_field(const Response& response, std::string_view name) {
    return std::any_of(response.headers.begin(), response.headers.end(),
                       [name](const auto& field) { return field.first == name; });
}

// Cuts up what is there as a whole.
NextPiece pieces_of(std::string text) {
    return
        [text = std::make_shared<std::string>(std::move(text)), begin = std::size_t{0}]() mutable {
            std::string piece = text->substr(begin, Gzip::kPieceBytes);
            begin += piece.size();
            return piece;
        };
}

// Piece by piece, while it is read.
void compress(Response& response) {
    if (!response.rest) {
        response.rest = pieces_of(std::exchange(response.body, {}));
        response.body = response.rest();
    }
    const auto gzip = std::make_shared<Gzip>();
    gzip->add(response.body);
    response.body = gzip->take();
    response.rest = [gzip, rest = std::move(response.rest), is_over = false]() mutable {
        if (is_over) {
            return std::string();
        }
        const std::string piece = rest();
        is_over = piece.empty();
        gzip->add(piece);
        return is_over ? gzip->finish() : gzip->take();
    };
}

}  // namespace

void choose_coding(const Request& request, Response& response) {
    const bool is_large =
        !response.stream && (response.rest || response.body.size() >= kGzipBytesMin);
    // A 304 varies by what its 200 does (RFC 9110, 15.4.5), and does not know how large that is.
    if (is_large || has_field(response, "ETag")) {
        response.headers.emplace_back("Vary", "Accept-Encoding");
    }
    if (is_large && accepts_coding(request.accept_encoding.value_or(std::string()), "gzip")) {
        response.headers.emplace_back("Content-Encoding", "gzip");
        compress(response);
    }
}

}  // namespace ringside::http
