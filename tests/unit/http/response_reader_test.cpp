#include "http/response_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <tuple>

namespace ringside::http {
namespace {

// What a reader made of some bytes.
struct Outcome {
    std::string body;
    unsigned status = 0;
    bool complete = false;
    std::string problem;

    bool operator==(const Outcome&) const = default;
};

Outcome read(std::string_view bytes, std::size_t piece_bytes, bool then_end,
             Method method = Method::get) {
    Outcome outcome;
    ResponseReader reader(method, [&](std::string_view piece) { outcome.body += piece; });
    base::Status status = base::Done{};
    while (status && !bytes.empty() && !reader.is_complete()) {
        status = reader.take(bytes.substr(0, piece_bytes));
        bytes.remove_prefix(std::min(piece_bytes, bytes.size()));
    }
    if (status && then_end) {
        status = reader.end();
    }
    outcome.status = reader.has_head() ? reader.head().status : 0;
    outcome.complete = reader.is_complete();
    outcome.problem = status ? "" : status.error().message;
    return outcome;
}

// Of all ways to cut it, the one outcome.
Outcome read_in_pieces(std::string_view bytes, bool then_end = false, Method method = Method::get) {
    const Outcome whole = read(bytes, bytes.size() + 1, then_end, method);
    for (std::size_t piece = 1; piece < bytes.size(); ++piece) {
        EXPECT_EQ(read(bytes, piece, then_end, method), whole) << "in pieces of " << piece;
    }
    return whole;
}

TEST(ResponseReader, reads_a_body_with_a_length_in_chunks_or_up_to_the_end) {
    const Outcome hello{.body = "hello world", .status = 200, .complete = true, .problem = ""};

    EXPECT_EQ(read_in_pieces("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world"), hello);
    EXPECT_EQ(read_in_pieces("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "6\r\nhello \r\n5;x=y\r\nworld\r\n0\r\nTrailer: t\r\n\r\n"),
              hello);
    EXPECT_EQ(read_in_pieces("HTTP/1.0 200 OK\r\n\r\nhello world", true), hello);
}

TEST(ResponseReader, an_answer_to_head_and_one_without_content_have_no_body) {
    EXPECT_TRUE(read_in_pieces("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", false, Method::head)
                    .complete);
    EXPECT_TRUE(read_in_pieces("HTTP/1.1 204 No Content\r\n\r\n").complete);
}

TEST(ResponseReader, the_head_is_there_before_the_body) {
    ResponseReader reader(Method::get, [](std::string_view) {});

    ASSERT_TRUE(
        reader.take("HTTP/1.1 410 Gone\r\nContent-Type: application/json\r\n"
                    "Retry-After: 7\r\nContent-Length: 5\r\n\r\n"));

    ASSERT_TRUE(reader.has_head());
    EXPECT_FALSE(reader.is_complete());
    EXPECT_EQ(reader.head().status, 410U);
    EXPECT_EQ(reader.head().content_type, "application/json");
    EXPECT_EQ(reader.head().retry_after, "7");
}

TEST(ResponseReader, an_end_in_the_middle_is_told) {
    for (const char* bytes :
         {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n"}) {
        EXPECT_EQ(read(bytes, 1000, true).problem,
                  "the connection was closed before the answer's end")
            << bytes;
    }
}

TEST(ResponseReader, what_is_no_response_or_has_no_end_is_malformed) {
    const std::string endless_line(ResponseReader::kHeadBytesMax + 1000, 'x');
    for (const std::string& bytes :
         {std::string("SSH-2.0-OpenSSH\r\n"), std::string("HTTP/2 200\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
          "HTTP/1.1 200 OK\r\nA: " + endless_line,
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + endless_line}) {
        const Outcome outcome = read(bytes, 1000, false);

        EXPECT_TRUE(outcome.problem.starts_with("no HTTP response")) << bytes.substr(0, 80);
    }
}

}  // namespace
}  // namespace ringside::http
