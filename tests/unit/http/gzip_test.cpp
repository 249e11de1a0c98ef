#include "http/gzip.h"

#include "unpacked.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::http {
namespace {

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
