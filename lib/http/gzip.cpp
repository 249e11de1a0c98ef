#include "http/gzip.h"

#include "base/check.h"

#define ZLIB_CONST
#include <zlib.h>

#include <array>
#include <utility>

namespace ringside::http {

struct Gzip::Stream {
    z_stream z{};
};

Gzip::Gzip() : stream_(std::make_unique<Stream>()) {
    constexpr int kWindowBits = 15;
    constexpr int kAsGzip = 16;  // added to them: header and trailer of gzip, not of zlib
    constexpr int kMemoryLevel = 8;
    CHECK(deflateInit2(&stream_->z, Z_BEST_SPEED, Z_DEFLATED, kWindowBits + kAsGzip, kMemoryLevel,
                       Z_DEFAULT_STRATEGY) == Z_OK);
}

Gzip::~Gzip() {
    deflateEnd(&stream_->z);
}

void Gzip::add(std::string_view piece) {
    run(piece, Z_NO_FLUSH);
}

std::string Gzip::take() {
    run({}, Z_SYNC_FLUSH);
    return std::exchange(text_, {});
}

std::string Gzip::finish() {
    run({}, Z_FINISH);
    return std::move(text_);
}

void Gzip::run(std::string_view piece, int flush) {
    z_stream& z = stream_->z;
    std::array<unsigned char, std::size_t{16} << 10> chunk;
    z.next_in = reinterpret_cast<const unsigned char*>(piece.data());
    z.avail_in = static_cast<unsigned>(piece.size());
    do {
        z.next_out = chunk.data();
        z.avail_out = chunk.size();
        // Fails on misuse only, or (Z_BUF_ERROR) when there is nothing more to do.
        CHECK(deflate(&z, flush) != Z_STREAM_ERROR);
        text_.append(reinterpret_cast<const char*>(chunk.data()), chunk.size() - z.avail_out);
    } while (z.avail_out == 0);
}

}  // namespace ringside::http
