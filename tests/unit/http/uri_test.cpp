#include "http/uri.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::http {
namespace {

TEST(Uri, decodes_escapes_and_leaves_plus_signs_alone) {
    EXPECT_EQ(percent_decode("a%2Fb%3a+c"), "a/b:+c");
    EXPECT_EQ(percent_decode("%00%ff"), std::string("\0\xff", 2));
}

TEST(Uri, refuses_malformed_escapes) {
    for (const char* text : {"%", "%4", "a%", "%zz", "%4g", "%-1"}) {
        EXPECT_EQ(percent_decode(text), std::nullopt) << text;
    }
}

TEST(Uri, every_byte_survives_encoding_and_decoding) {
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte) {
        bytes.push_back(static_cast<char>(byte));
    }

    const std::string encoded = percent_encode(bytes);

    EXPECT_EQ(percent_decode(encoded), bytes);
    EXPECT_EQ(encoded.find_first_of(" /?&#=+:\r\n"), std::string::npos);
}

TEST(Uri, splits_a_query_before_it_decodes) {
    const auto query = parse_query("key=a%26b%3Dc&verbose&&x=");

    const std::vector<QueryParameter> expected{{"key", "a&b=c"}, {"verbose", ""}, {"x", ""}};
    EXPECT_EQ(query, expected);
}

TEST(Uri, refuses_a_query_with_a_malformed_escape) {
    EXPECT_EQ(parse_query("a=1&b=%g0"), std::nullopt);
    EXPECT_EQ(parse_query("%=1"), std::nullopt);
}

}  // namespace
}  // namespace ringside::http
