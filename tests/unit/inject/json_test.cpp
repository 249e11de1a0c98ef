#include "inject/json.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace ringside::inject {
namespace {

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

std::string map_of(std::size_t members) {
    std::string text = "{";
    for (std::size_t i = 0; i < members; ++i) {
        text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
    }
    return text + "}";
}

TEST(Json, members_keep_their_order) {
    const auto document = parse_json(R"({"b":1,"a":[true,null,-1.5,"x"]})");

    ASSERT_TRUE(document);
    EXPECT_EQ(json_text(*document), R"({"b":1,"a":[true,null,-1.5,"x"]})");
}

TEST(Json, what_is_malformed_says_where) {
    for (const char* text : {"", "{", "{\"a\": 1,}", "[1] 2", "\xff", "nul", "\"\xed\xa0\x80\""}) {
        const auto document = parse_json(text);

        ASSERT_FALSE(document) << text;
        EXPECT_TRUE(document.error().message.starts_with("no JSON at byte ")) << text;
    }
}

TEST(Json, what_would_take_long_to_read_is_refused) {
    EXPECT_TRUE(parse_json(nested(kJsonDepthMax)));
    EXPECT_EQ(parse_json(nested(kJsonDepthMax + 1)).error().message, "nested deeper than 64");
    EXPECT_FALSE(parse_json(nested(100'000)));
    EXPECT_TRUE(parse_json(map_of(kJsonMembersMax)));
    EXPECT_EQ(parse_json(map_of(kJsonMembersMax + 1)).error().message,
              "a map has more than 2048 members");
}

TEST(Json, long_lists_are_refused_in_any_place) {
    const auto list = [](std::size_t items) {
        std::string text = "{\"a\":[0";
        for (std::size_t i = 1; i < items; ++i) {
            text += i % 2 == 0 ? ",[]" : ",{}";
        }
        return text + "]}";
    };

    EXPECT_TRUE(parse_json(list(kJsonItemsMax)));
    EXPECT_EQ(parse_json(list(kJsonItemsMax + 1)).error().message,
              "a list has more than 4096 items");
}

TEST(Json, bytes_that_are_no_text_are_replaced) {
    EXPECT_EQ(json_text(Json("a\xff")), "\"a\xef\xbf\xbd\"");
}

TEST(Json, members_are_found_in_maps_only) {
    const Json document{{"a", "x"}, {"b", 1}};

    EXPECT_EQ(text_member(document, "a"), "x");
    EXPECT_EQ(text_member(document, "b"), "");
    EXPECT_EQ(*member(document, "b"), 1);
    EXPECT_EQ(member(document, "c"), nullptr);
    EXPECT_EQ(member(Json::array({"a"}), "a"), nullptr);
}

}  // namespace
}  // namespace ringside::inject
