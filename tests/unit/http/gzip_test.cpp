#include "http/gzip.h"

#include <gtest/gtest.h>

#define ZLIB_CONST
#include <zlib.h>

#include <string>
#include <string_view>

namespace ringside::http {
namespace {

// By zlib, whose check sum it verifies.
std::string unpacked(std::string_view packed, std::size_t bytes_max) {
    std::string text(bytes_max + 1, '\0');
    z_stream z{};
    constexpr int kGzipOnly = 15 + 16;
    EXPECT_EQ(inflateInit2(&z, kGzipOnly), Z_OK);
    z.next_in = reinterpret_cast<const unsigned char*>(packed.data());
    z.avail_in = static_cast<unsigned>(packed.size());
    z.next_out = reinterpret_cast<unsigned char*>(text.data());
    z.avail_out = static_cast<unsigned>(text.size());
    EXPECT_EQ(inflate(&z, Z_FINISH), Z_STREAM_END);
    EXPECT_EQ(z.avail_in, 0u) << "nothing stands behind the trailer";
    text.resize(text.size() - z.avail_out);
    inflateEnd(&z);
    return text;
}

std::string points(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += "    {\"value\": " + std::to_string(i * 2'654'435'761U % 4'294'967'296U) +
                ", \"node\": \"cache-" + std::to_string(i % 100) + ":11211\"},\n";
    }
    return text;
}

TEST(Gzip, what_was_put_in_comes_out_again_whatever_the_pieces_are) {
    const std::string body = points(5'000);
    for (const std::size_t piece_bytes : {std::size_t{1'000}, Gzip::kPieceBytes, body.size()}) {
        Gzip gzip;
        for (std::string_view rest = body; !rest.empty();) {
            gzip.add(rest.substr(0, piece_bytes));
            rest.remove_prefix(std::min(rest.size(), piece_bytes));
        }

        const std::string packed = gzip.finish();

        EXPECT_EQ(unpacked(packed, body.size()), body) << piece_bytes;
        EXPECT_LT(packed.size() * 3, body.size());
    }
}

TEST(Gzip, of_nothing_is_nothing) {
    Gzip gzip;

    EXPECT_EQ(unpacked(gzip.finish(), 0), "");
}

}  // namespace
}  // namespace ringside::http
