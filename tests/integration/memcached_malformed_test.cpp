// What is odd or wrong, to a memcached and to Ringside in front of another one: the answers are the
// same, and so is whether the connection goes on. Where they differ there is a reason.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

// Behind each request, to see whether the connection goes on and is in step.
constexpr std::string_view kMarker = "get marker\r\n";
constexpr std::string_view kMarkerAnswer = "VALUE marker 0 2\r\nok\r\nEND\r\n";

const std::string kLongestKey(250, 'k');
const std::string kTooLongKey(251, 'k');

std::string answers_to(std::uint16_t port, std::string_view request) {
    Client client(port);
    client.send(request);
    client.send(kMarker);
    client.finish_sending();
    return client.read_to_end();
}

class MemcachedMalformed : public ::testing::Test {
  protected:
    MemcachedMalformed() {
        for (const std::uint16_t port : {direct_.port(), port_}) {
            Client client(port);
            client.ask("set marker 0 0 2\r\nok\r\nset n 0 0 2\r\n10\r\nset a 0 0 1\r\nA\r\n",
                       "STORED\r\nSTORED\r\nSTORED\r\n");
        }
    }

    MemcachedNode direct_;
    std::array<MemcachedNode, 1> proxied_;
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pool_before(proxied_, port_)}};
};

std::vector<std::string> odd_lines() {
    return {
        // Not known, or not complete.
        "\r\n",
        "\n",
        "   \r\n",
        "dance\r\n",
        "dance with me\r\n",
        "GET a\r\n",
        "geta\r\n",
        "get\r\n",
        "get \r\n",
        "gets\r\n",
        "gat\r\n",
        "gats \r\n",
        "delete\r\n",
        "incr\r\n",
        "incr n\r\n",
        "decr n\r\n",
        "touch\r\n",
        "touch a\r\n",
        "verbosity\r\n",
        "auth x\r\n",
        // Spaces and line ends.
        "  get   a  \r\n",
        "get a\n",
        "gat 0  a  none\n",
        "set b 0 0 1\nB\r\n",
        "set  b  0  0  1 \r\nB\r\n",
        "incr  n  0 \n",
        "delete none\n",
        "version\n",
        // Too many words.
        "incr n 0 1\r\n",
        "incr n 0 1 2\r\n",
        "touch a 0 1\r\n",
        "touch a 0 1 2\r\n",
        "delete none 0 noreply x\r\n",
        "set b 0 0 1 maybe\r\nB\r\n",
        "version x y\r\n",
        "verbosity 0 1\r\n",
        "verbosity 0 1 2\r\n",
        "shutdown now\r\n",
        // The end, whatever follows.
        "quit\r\n",
        "quit now\r\n",
        "get a\r\nquit\r\n",
    };
}

std::vector<std::string> odd_arguments() {
    return {
        // Keys.
        "get " + kLongestKey + "\r\n",
        "get " + kTooLongKey + "\r\n",
        "get a " + kTooLongKey + "\r\n",
        "gat 0 " + kTooLongKey + "\r\n",
        "delete " + kTooLongKey + "\r\n",
        "incr " + kTooLongKey + " 1\r\n",
        "touch " + kTooLongKey + " 0\r\n",
        "get schl\xc3\xbcssel\xff\r\n",
        "get noreply\r\n",
        "delete noreply\r\n",
        // Numbers.
        "incr n x\r\n",
        "incr n -1\r\n",
        "incr n 1x\r\n",
        "incr n 18446744073709551616\r\n",
        "incr n 18446744073709551616 noreply\r\n",
        "incr a 1\r\n",
        "decr n 99\r\n",
        "touch a x\r\n",
        "touch a 1.5\r\n",
        "touch a -1 noreply\r\n",
        "touch none -1\r\n",
        "touch none 9223372036854775807\r\n",
        "touch a 9223372036854775808\r\n",
        "gat x a\r\n",
        "gat -x a\r\n",
        "gat 9223372036854775808 a\r\n",
        "flush_all x\r\n",
        "flush_all 9223372036854775808\r\n",
        "flush_all x noreply\r\n",
        "verbosity x\r\n",
        "verbosity 0 noreply\r\n",
        "verbosity noreply\r\n",
        "stats noreply\r\n",
        // delete, as old clients write it.
        "delete none 0\r\n",
        "delete none 0 noreply\r\n",
        "delete a 1\r\n",
        "delete a x\r\n",
        "delete a 0 x\r\n",
        "delete a noreply x\r\n",
        "delete a 1 noreply\r\n",
    };
}

std::vector<std::string> odd_values() {
    return {
        "set b 0 -1 1\r\nB\r\n",
        "set b 0 99999999999 1\r\nB\r\n",
        "set b 0 0 0\r\n\r\n",
        "set b 0 0 00001\r\nB\r\n",
        "cas none 0 0 1 1\r\nB\r\n",
        "append none 0 0 1\r\nB\r\n",
        "set b 0 0 1 noreply\r\nB\r\n",
        "add marker 0 0 1 noreply\r\nB\r\n",
        // Above memcached's own limit, below the pool's.
        "set b 0 0 1048576\r\n" + std::string(1048576, 'B') + "\r\n",
        "append a 0 0 1048576\r\n" + std::string(1048576, 'B') + "\r\n",
        // Above both.
        "set b 0 0 2097152\r\n" + std::string(2097152, 'B') + "\r\n",
        "set b 0 0 2097152 noreply\r\n" + std::string(2097152, 'B') + "\r\n",
    };
}

TEST_F(MemcachedMalformed, odd_requests_are_answered_as_memcached_answers_them) {
    for (const auto& requests : {odd_lines(), odd_arguments(), odd_values()}) {
        for (const std::string& request : requests) {
            EXPECT_EQ(answers_to(port_, request), answers_to(direct_.port(), request))
                << request.substr(0, 300);
        }
    }
}

struct Difference {
    std::string_view reason;
    std::string request;
    std::string ours;  // before the answer to the marker
    bool goes_on;
};

constexpr std::string_view kBadFormat = "CLIENT_ERROR bad command line format\r\n";

std::vector<Difference> differences() {
    const std::string bad_format(kBadFormat);
    constexpr std::string_view kKeys = "control characters in a key are refused (doc/protocol.txt)";
    constexpr std::string_view kBlock =
        "memcached reads the data block of a refused line as commands: it is dropped instead";
    constexpr std::string_view kLength =
        "where the data block ends cannot be known, so what follows must not be read as commands";
    constexpr std::string_view kNumbers = "numbers are digits; flags have 32 bits and are not cut";
    return {
        {kKeys, "get a\tb\r\n", bad_format, true},
        {kKeys, std::string("get a\0b\r\n", 9), bad_format, true},
        {kKeys, "get a\rb\r\n", bad_format, true},
        {kKeys, "get a\x7f\r\n", bad_format, true},
        {kKeys, "delete a\t\r\n", bad_format, true},
        {kBlock, "set b x 0 5\r\nget a\r\n", bad_format, true},
        {kBlock, "set b 0 x 5\r\nget a\r\n", bad_format, true},
        {kBlock, "set b 0 9223372036854775808 5\r\nget a\r\n", bad_format, true},
        {kBlock, "set " + kTooLongKey + " 0 0 5\r\nget a\r\n", bad_format, true},
        {kBlock, "cas a 0 0 5\r\nget a\r\n", "ERROR\r\n", true},
        {kBlock, "cas a 0 0 5 x\r\nget a\r\n", bad_format, true},
        {kBlock, "set b 0 0 5 1 2\r\nget a\r\n", "ERROR\r\n", true},
        {kLength, "set b 0 0 -1\r\n", bad_format, false},
        {kLength, "set b 0 0 x\r\n", bad_format, false},
        {kLength, "set b 0 0\r\n", "ERROR\r\n", false},
        {kLength, "set b 0 0 1\r\nBxyz\r\n", "CLIENT_ERROR bad data chunk\r\n", false},
        {kLength, "set b 0 0 1\r\nB\n", "CLIENT_ERROR bad data chunk\r\n", false},
        {kLength, "set b 0 0 0\r\n\n", "CLIENT_ERROR bad data chunk\r\n", false},
        {kNumbers, "incr n +1\r\n", "CLIENT_ERROR invalid numeric delta argument\r\n", true},
        {kNumbers, "touch a +1\r\n", "CLIENT_ERROR invalid exptime argument\r\n", true},
        {kNumbers, "set b 4294967297 0 1\r\nB\r\n", bad_format, true},
        {"there is no key to answer for", "gat 0\r\n", "ERROR\r\n", true},
        {"an undocumented name of get", "bget a\r\n", "ERROR\r\n", true},
        {"meta commands are not supported", "mn\r\n", "ERROR\r\n", true},
        {"meta commands are not supported", "ms b 5\r\nget a\r\n", "ERROR\r\n", true},
    };
}

TEST_F(MemcachedMalformed, where_the_answers_differ_there_is_a_reason) {
    for (const Difference& each : differences()) {
        const std::string ours = answers_to(port_, each.request);

        EXPECT_EQ(ours, each.ours + std::string(each.goes_on ? kMarkerAnswer : ""))
            << each.request << each.reason;
        EXPECT_NE(ours, answers_to(direct_.port(), each.request))
            << each.request << "no longer differs";
    }
}

TEST_F(MemcachedMalformed, requests_before_a_wrong_one_are_still_answered) {
    for (const Difference& each : differences()) {
        const std::string before = "get a none\r\nincr n 0\r\nversion\r\n" + each.request;

        const std::string answers = answers_to(port_, before);

        EXPECT_EQ(answers.rfind("VALUE a 0 1\r\nA\r\nEND\r\n10\r\nVERSION ", 0), 0U)
            << each.request;
        const std::string rest = answers.substr(answers.find('\n', answers.find("VERSION ")) + 1);
        EXPECT_EQ(rest, each.ours + std::string(each.goes_on ? kMarkerAnswer : "")) << each.request;
    }
}

}  // namespace
}  // namespace ringside::testing
