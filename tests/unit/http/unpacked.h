// What a reader makes of gzip.
#pragma once

#include <gtest/gtest.h>

#define ZLIB_CONST
#include <zlib.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace ringside::http {

// By zlib, whose check sum it verifies.
inline std::string unpacked(std::string_view packed, std::size_t bytes_max) {
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

}  // namespace ringside::http
