#include "http/message.h"

#include "http/response_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::http {
namespace {

using std::string_literals::operator""s;

// All that was received so far is read again each time: of long requests not for every byte.
RequestRead read_in_pieces(std::string_view bytes) {
    constexpr std::size_t kEachByteOf = 1024;
    constexpr std::size_t kPiece = 97;
    RequestRead read;
    for (std::size_t size = 0; size < bytes.size(); size += size < kEachByteOf ? 1 : kPiece) {
        read = read_request(bytes.substr(0, size));
        if (read.status != ReadStatus::need_more) {
            return read;
        }
    }
    return read_request(bytes);
}

TEST(Request, a_get_is_taken_apart) {
    constexpr std::string_view kBytes =
        "GET /pools/a%2Fb/locate?key=user%3A1&x HTTP/1.1\r\n"
        "Host: 127.0.0.1:22221\r\n"
        "Origin: http://evil.example\r\n"
        "Sec-Fetch-Site: cross-site\r\n"
        "Content-Type: text/plain\r\n\r\n";

    const RequestRead read = read_request(kBytes);

    ASSERT_EQ(read.status, ReadStatus::complete) << read.refusal;
    EXPECT_EQ(read.consumed_bytes, kBytes.size());
    EXPECT_EQ(read.request.method, Method::get);
    EXPECT_EQ(read.request.path, "/pools/a%2Fb/locate");
    EXPECT_EQ(read.request.parameter("key"), "user:1");
    EXPECT_EQ(read.request.parameter("x"), "");
    EXPECT_EQ(read.request.parameter("y"), std::nullopt);
    EXPECT_EQ(read.request.host, "127.0.0.1:22221");
    EXPECT_EQ(read.request.origin, "http://evil.example");
    EXPECT_EQ(read.request.fetch_site, "cross-site");
    EXPECT_EQ(read.request.content_type, "text/plain");
    EXPECT_TRUE(read.request.keep_alive);
}

// RFC 9110, section 5.3: a list may be spread over fields.
TEST(Request, all_accept_fields_are_one) {
    const RequestRead read = read_request(
        "GET / HTTP/1.1\r\nHost: a\r\nAccept: text/plain;q=0.5\r\naccept: */*\r\n\r\n");

    EXPECT_EQ(read.request.accept, "text/plain;q=0.5, */*");
    EXPECT_EQ(read_request("GET / HTTP/1.1\r\nHost: a\r\n\r\n").request.accept, std::nullopt);
}

TEST(Request, a_request_may_arrive_one_byte_at_a_time) {
    constexpr std::string_view kBytes =
        "POST /pools/alpha/refresh HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}";

    const RequestRead read = read_in_pieces(kBytes);

    ASSERT_EQ(read.status, ReadStatus::complete) << read.refusal;
    EXPECT_EQ(read.consumed_bytes, kBytes.size());
    EXPECT_EQ(read.request.method, Method::post);
    EXPECT_EQ(read.request.body, "{}");
}

TEST(Request, the_next_request_of_a_pipeline_is_left_alone) {
    constexpr std::string_view kFirst = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::string bytes = std::string(kFirst) + "GET /readyz HTTP/1.1\r\nHo";

    const RequestRead read = read_request(bytes);

    ASSERT_EQ(read.status, ReadStatus::complete);
    EXPECT_EQ(read.consumed_bytes, kFirst.size());
}

TEST(Request, the_connection_is_kept_as_the_version_and_the_client_say) {
    EXPECT_FALSE(read_request("GET / HTTP/1.0\r\n\r\n").request.keep_alive);
    EXPECT_TRUE(
        read_request("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").request.keep_alive);
    EXPECT_FALSE(
        read_request("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").request.keep_alive);
}

struct RefusedRow {
    const char* what;
    std::string bytes;
    unsigned status;
};

std::vector<RefusedRow> refused_rows() {
    const std::string get = "GET /stats HTTP/1.1\r\n";
    const std::string post = "POST /pools/a/refresh HTTP/1.1\r\nHost: a\r\n";
    return {
        {"no host", get + "\r\n", 400},
        {"two hosts", get + "Host: 127.0.0.1\r\nHost: evil.example\r\n\r\n", 400},
        {"two origins", post + "Origin: null\r\nOrigin: http://localhost\r\n\r\n", 400},
        {"two content types", post + "Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n", 400},
        {"absolute form", "GET http://127.0.0.1/stats HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"asterisk form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"authority form", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"control byte in the target",
         "GET /a\x01"
         "b HTTP/1.1\r\nHost: a\r\n\r\n",
         400},
        {"NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
        {"byte above ASCII in the target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"bad escape in the query", "GET /a?b=%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"blank before the colon", get + "Host : a\r\n\r\n", 400},
        {"line feed only", "GET /stats HTTP/1.1\nHost: a\n\n", 505},
        {"other version", "GET /stats HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        {"no HTTP at all", "stats\r\n", 400},
        {"TLS greeting", "\x16\x03\x01\x02", 400},
        {"chunked body", post + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501},
        {"chunked in disguise", post + "Transfer-Encoding: chunked, identity\r\n\r\n", 501},
        {"both framings", post + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"two lengths", post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n12", 400},
        {"signed length", post + "Content-Length: +5\r\n\r\n12345", 400},
        {"length beyond 2^64", post + "Content-Length: 18446744073709551617\r\n\r\n", 400},
        {"HTTP/1.0 without a length",
         "POST /pools/a/nodes/b/eject HTTP/1.0\r\nContent-Type: application/json\r\n\r\n"
         "{\"for\": \"60s\"}",
         411},
        {"HTTP/1.0 without a length, body or not", "POST /config/reload HTTP/1.0\r\n\r\n", 411},
        {"body too large", post + "Content-Length: 4097\r\n\r\n", 413},
        {"one field too large", get + "A: " + std::string(8192, 'a'), 431},
        {"many fields too large",
         get +
             [] {
                 std::string fields;
                 for (int i = 0; i < 1000; ++i) {
                     fields += "A: bcdefg\r\n";
                 }
                 return fields;
             }(),
         431},
        {"target too long", "GET /" + std::string(8192, 'a'), 431},
        {"start line and fields too large together",
         "GET /" + std::string(5000, 'a') + " HTTP/1.1\r\nHost: " + std::string(5000, 'a') +
             "\r\n\r\n",
         431},
    };
}

TEST(Request, what_two_readers_could_understand_differently_is_refused) {
    for (const RefusedRow& row : refused_rows()) {
        const RequestRead read = read_request(row.bytes);

        EXPECT_EQ(read.status, ReadStatus::refused) << row.what;
        EXPECT_EQ(read.refusal_status, row.status) << row.what << ": " << read.refusal;
        EXPECT_FALSE(read.refusal.empty()) << row.what;
    }
}

TEST(Request, what_is_refused_whole_is_refused_in_pieces) {
    for (const RefusedRow& row : refused_rows()) {
        EXPECT_EQ(read_in_pieces(row.bytes).status, ReadStatus::refused) << row.what;
    }
}

TEST(Request, a_post_with_a_body_that_its_header_does_not_announce_is_refused) {
    const std::string post = "POST /pools/a/nodes/b/eject HTTP/1.1\r\nHost: a\r\n\r\n";

    for (const char* body : {"{\"for\": \"60s\"}", "for=60s", "\r\n{}"}) {
        EXPECT_EQ(read_request(post + body).refusal_status, 411U) << body;
    }
    for (const char* rest : {"", "\r\n", "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n", "\r\nPOST"}) {
        const RequestRead read = read_request(post + rest);
        EXPECT_EQ(read.status, ReadStatus::complete) << rest;
        EXPECT_EQ(read.consumed_bytes, post.size()) << rest;
    }
    EXPECT_EQ(read_request("POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}").request.body, "{}");
}

TEST(Request, a_header_and_a_body_of_the_allowed_size_pass) {
    std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4096\r\nA: ";
    bytes.append(MessageLimits{}.header_bytes_max - bytes.size() - 4, 'a').append("\r\n\r\n");
    ASSERT_EQ(bytes.size(), MessageLimits{}.header_bytes_max);
    bytes.append(MessageLimits{}.body_bytes_max, 'b');

    const RequestRead read = read_request(bytes);

    EXPECT_EQ(read.status, ReadStatus::complete) << read.refusal;
}

TEST(Response, every_answer_carries_the_protective_fields) {
    Response response;
    response.body = "{}";

    const std::string text = format_response(response, {.keep_alive = true});

    EXPECT_EQ(text,
              "HTTP/1.1 200 OK\r\n"
              "Content-Type: application/json\r\n"
              "Content-Length: 2\r\n"
              "Cache-Control: no-store\r\n"
              "X-Content-Type-Options: nosniff\r\n"
              "Connection: keep-alive\r\n"
              "\r\n{}");
}

TEST(Response, the_answer_to_head_has_the_length_but_not_the_body) {
    Response response;
    response.body = "12345";

    const std::string text = format_response(response, {.keep_alive = false, .without_body = true});

    EXPECT_NE(text.find("Content-Length: 5\r\n"), std::string::npos);
    EXPECT_NE(text.find("Connection: close\r\n"), std::string::npos);
    EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(Response, what_has_no_body_tells_no_length) {
    Response response;
    response.status = 304;
    response.body = "{}";
    response.headers = {{"ETag", "W/\"1\""}, {"Cache-Control", "no-cache"}};

    EXPECT_EQ(format_response(response, {.keep_alive = true}),
              "HTTP/1.1 304 Not Modified\r\n"
              "X-Content-Type-Options: nosniff\r\n"
              "Connection: keep-alive\r\n"
              "ETag: W/\"1\"\r\n"
              "Cache-Control: no-cache\r\n"
              "\r\n");
}

TEST(Response, a_header_value_cannot_begin_another_header) {
    Response response;
    response.status = 405;
    response.headers = {{"Allow", "GET\r\nInjected: 1"}, {"A\r\nB", "c"}};

    const std::string text = format_response(response, {});

    EXPECT_NE(text.find("Allow: GET??Injected: 1\r\n"), std::string::npos);
    EXPECT_EQ(text.find("\nInjected"), std::string::npos);
    EXPECT_EQ(text.find("\nB"), std::string::npos);
}

TEST(Response, what_is_written_can_be_read_back) {
    Response response;
    response.status = 409;
    response.body = "{\"error\": {}}\n";
    const std::string text = format_response(response, {.keep_alive = true});
    std::string body;
    ResponseReader reader(Method::get, [&body](std::string_view piece) { body += piece; });

    ASSERT_TRUE(reader.take(text.substr(0, text.size() - 1)));
    EXPECT_FALSE(reader.is_complete());
    ASSERT_TRUE(reader.take(text.substr(text.size() - 1)));

    EXPECT_TRUE(reader.is_complete());
    EXPECT_EQ(reader.head().status, 409u);
    EXPECT_EQ(body, response.body);
    EXPECT_TRUE(reader.keep_alive());
}

TEST(Response, what_is_made_while_it_is_read_comes_in_chunks_or_up_to_the_end) {
    Response response;
    response.body = "begin, ";
    response.rest = [] { return std::string(); };

    const std::string chunked = format_response(response, {}) + as_chunk("end") + as_chunk("");
    const std::string old = format_response(response, {.chunked = false});

    EXPECT_NE(chunked.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_EQ(chunked.find("Content-Length"), std::string::npos);
    EXPECT_TRUE(chunked.ends_with("\r\n\r\n7\r\nbegin, \r\n3\r\nend\r\n0\r\n\r\n")) << chunked;
    EXPECT_EQ(old.find("Content-Length"), std::string::npos);
    EXPECT_EQ(old.find("chunked"), std::string::npos);
    EXPECT_NE(old.find("Connection: close\r\n"), std::string::npos);
    EXPECT_TRUE(old.ends_with("\r\n\r\nbegin, "));
}

}  // namespace
}  // namespace ringside::http
