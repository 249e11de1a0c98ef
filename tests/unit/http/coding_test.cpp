#include "http/coding.h"

#include "http/gzip.h"
#include "unpacked.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace ringside::http {
namespace {

// The body, and how many pieces the rest was.
std::pair<std::string, std::size_t> whole(const Response& response) {
    std::string text = response.body;
    std::size_t pieces = 0;
    if (response.rest) {
        for (std::string piece = response.rest(); !piece.empty(); piece = response.rest()) {
            text += piece;
            ++pieces;
        }
    }
    return {text, pieces};
}

std::string field_of(const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
        if (key == name) {
            return value;
        }
    }
    return "none";
}

Request who_takes(const char* coding) {
    Request request;
    request.accept_encoding = coding;
    return request;
}

std::string lines(std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) {
        text += "line " + std::to_string(text.size()) + "\n";
    }
    return text;
}

TEST(Coding, what_is_large_is_packed_in_pieces_for_who_takes_that) {
    const std::string text = lines(10 * Gzip::kPieceBytes);
    Response response;
    response.body = text;

    choose_coding(who_takes("gzip"), response);
    const auto [packed, pieces] = whole(response);

    EXPECT_EQ(field_of(response, "Content-Encoding"), "gzip");
    EXPECT_EQ(field_of(response, "Vary"), "Accept-Encoding");
    EXPECT_GE(pieces, 10u);
    EXPECT_LT(packed.size(), text.size() / 2);
    EXPECT_TRUE(unpacked(packed, text.size()) == text);
}

TEST(Coding, what_is_made_while_it_is_read_is_packed_then) {
    const std::string text = lines(1'000);
    std::size_t made = 0;
    Response response;
    response.body = text;
    response.rest = [&made, &text] { return ++made <= 100 ? text : std::string(); };

    choose_coding(who_takes("br, gzip;q=0.5"), response);
    EXPECT_EQ(made, 0u);
    response.rest();
    EXPECT_EQ(made, 1u);

    made = 0;
    response.body = text;
    response.headers.clear();
    response.rest = [&made, &text] { return ++made <= 100 ? text : std::string(); };
    choose_coding(who_takes("gzip"), response);
    EXPECT_EQ(unpacked(whole(response).first, 101 * text.size()).size(), 101 * text.size());
}

TEST(Coding, who_does_not_take_it_and_what_is_small_is_left_as_it_is) {
    Response large;
    large.body = lines(kGzipBytesMin);
    Response small;
    small.body = "ok";
    Response tagged = small;
    tagged.headers = {{"ETag", "W/\"1\""}};

    choose_coding(who_takes("br"), large);
    choose_coding(who_takes("gzip"), small);
    choose_coding(who_takes("gzip"), tagged);

    EXPECT_EQ(field_of(large, "Content-Encoding"), "none");
    EXPECT_EQ(field_of(large, "Vary"), "Accept-Encoding");
    EXPECT_TRUE(small.headers.empty());
    EXPECT_EQ(field_of(tagged, "Content-Encoding"), "none");
    EXPECT_EQ(field_of(tagged, "Vary"), "Accept-Encoding") << "its large version would";
}

}  // namespace
}  // namespace ringside::http
