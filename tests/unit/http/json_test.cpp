#include "http/json.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace ringside::http {
namespace {

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

TEST(Json, a_document_keeps_its_order_and_comes_back) {
    const std::string text = "{\n  \"b\": 1,\n  \"a\": [\n    true,\n    null\n  ]\n}\n";

    const auto document = parse_json(text);

    ASSERT_TRUE(document);
    EXPECT_EQ(to_text(*document), text);
}

TEST(Json, bytes_that_are_no_text_are_replaced) {
    EXPECT_EQ(to_text(Json("a\xff")), "\"a\xef\xbf\xbd\"\n");
}

TEST(Json, what_is_malformed_says_where) {
    for (const char* text : {"", "{", "{\"a\": 1,}", "[1] 2", "\xff", "nul"}) {
        const auto document = parse_json(text);

        ASSERT_FALSE(document) << text;
        EXPECT_EQ(document.error().code, base::Errc::malformed);
        EXPECT_TRUE(document.error().message.starts_with("no JSON at byte ")) << text;
    }
}

TEST(Json, deep_nesting_is_refused_whatever_its_depth) {
    EXPECT_TRUE(parse_json(nested(kJsonDepthMax)));
    for (const std::size_t depth : {kJsonDepthMax + 1, std::size_t{100'000}}) {
        const auto document = parse_json(nested(depth));

        ASSERT_FALSE(document);
        EXPECT_EQ(document.error().message, "nested deeper than 64");
    }
}

}  // namespace
}  // namespace ringside::http
