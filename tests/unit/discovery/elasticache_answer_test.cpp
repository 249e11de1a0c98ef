#include "discovery/elasticache_answer.h"

#include "base/limits.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace ringside::discovery {
namespace {

// Amazon ElastiCache user guide, "Adding auto discovery to your client library".
constexpr std::string_view kExample =
    "CONFIG cluster 0 136\r\n"
    "12\n"
    "myCluster.pc4ldq.0001.use1.cache.amazonaws.com|10.82.235.120|11211 "
    "myCluster.pc4ldq.0002.use1.cache.amazonaws.com|10.80.249.27|11211\n"
    "\r\n"
    "END\r\n";

std::vector<std::string> names(const ElastiCacheAnswer& answer) {
    std::vector<std::string> result;
    for (const routing::Member& member : answer.membership.members) {
        result.push_back(member.name);
    }
    return result;
}

std::vector<std::string> addresses(const ElastiCacheAnswer& answer) {
    std::vector<std::string> result;
    for (const routing::Member& member : answer.membership.members) {
        result.push_back(to_string(member.address));
    }
    return result;
}

// An answer whose data is `data`, counted as AWS counts.
std::string framed(std::string_view data) {
    return fmt::format("CONFIG cluster 0 {}\r\n{}\r\nEND\r\n", data.size(), data);
}

ElastiCacheAnswer parse(std::string_view bytes) {
    return parse_elasticache_answer(bytes);
}

TEST(ElastiCacheAnswer, a_node_that_is_reached_by_ip_keeps_its_host_name) {
    const ElastiCacheAnswer answer = parse(framed("1\na|10.0.0.1|1 b||2 10.0.0.3|10.0.0.4|3\n"));

    ASSERT_EQ(answer.membership.members.size(), 3U) << answer.problem;
    EXPECT_EQ(answer.membership.members[0].host, "a");
    EXPECT_EQ(answer.membership.members[1].host, "");  // its address has it
    EXPECT_EQ(answer.membership.members[2].host, "");  // that is no name
    EXPECT_EQ(routing::host_name(answer.membership.members[1]), "b");
}

TEST(ElastiCacheAnswer, the_documented_example_is_understood) {
    const ElastiCacheAnswer answer = parse(kExample);

    ASSERT_EQ(answer.status, AnswerStatus::complete) << answer.problem;
    EXPECT_EQ(answer.membership.source_version, 12U);
    EXPECT_EQ(names(answer),
              (std::vector<std::string>{"myCluster.pc4ldq.0001.use1.cache.amazonaws.com",
                                        "myCluster.pc4ldq.0002.use1.cache.amazonaws.com"}));
    EXPECT_EQ(addresses(answer),
              (std::vector<std::string>{"10.82.235.120:11211", "10.80.249.27:11211"}));
}

TEST(ElastiCacheAnswer, every_beginning_of_the_example_wants_more) {
    // The last byte, the line feed of END, is what completes it.
    for (std::size_t size = 0; size < kExample.size(); ++size) {
        const ElastiCacheAnswer answer = parse(kExample.substr(0, size));

        EXPECT_EQ(answer.status, AnswerStatus::need_more) << size << ": " << answer.problem;
    }
}

TEST(ElastiCacheAnswer, the_legacy_command_answers_in_the_form_of_a_value) {
    const ElastiCacheAnswer answer =
        parse("VALUE AmazonElastiCache:cluster 0 25\r\n7\ncache-0|10.0.0.1|11212\n\r\nEND\r\n");

    ASSERT_EQ(answer.status, AnswerStatus::complete) << answer.problem;
    EXPECT_EQ(answer.membership.source_version, 7U);
    EXPECT_EQ(names(answer), std::vector<std::string>{"cache-0:11212"});
}

TEST(ElastiCacheAnswer, without_an_ip_the_host_is_dialled) {
    const ElastiCacheAnswer answer = parse(framed("3\ncache-0.example||11211\n"));

    ASSERT_EQ(answer.status, AnswerStatus::complete) << answer.problem;
    EXPECT_EQ(names(answer), std::vector<std::string>{"cache-0.example"});
    EXPECT_EQ(addresses(answer), std::vector<std::string>{"cache-0.example:11211"});
}

TEST(ElastiCacheAnswer, an_ipv6_address_comes_without_brackets) {
    const ElastiCacheAnswer answer = parse(framed("3\ncache-0|2001:db8::7|11300\n"));

    ASSERT_EQ(answer.status, AnswerStatus::complete) << answer.problem;
    EXPECT_EQ(names(answer), std::vector<std::string>{"cache-0:11300"});
    EXPECT_EQ(addresses(answer), std::vector<std::string>{"[2001:db8::7]:11300"});
}

TEST(ElastiCacheAnswer, a_host_may_be_an_ip_as_in_memorystore) {
    const ElastiCacheAnswer answer = parse(framed("3\n10.0.0.3|10.0.0.3|11211\n"));

    ASSERT_EQ(answer.status, AnswerStatus::complete) << answer.problem;
    EXPECT_EQ(names(answer), std::vector<std::string>{"10.0.0.3"});
}

TEST(ElastiCacheAnswer, nodes_are_sorted_by_ring_name) {
    const ElastiCacheAnswer answer = parse(framed("3\nb||11211 aa||11211 a||11211\n"));

    EXPECT_EQ(names(answer), (std::vector<std::string>{"a", "b", "aa"}));
}

struct Tolerated {
    const char* what;
    std::string_view bytes;
};

class TolerantElastiCacheAnswer : public testing::TestWithParam<Tolerated> {};

TEST_P(TolerantElastiCacheAnswer, is_understood) {
    const ElastiCacheAnswer answer = parse(GetParam().bytes);

    ASSERT_EQ(answer.status, AnswerStatus::complete) << GetParam().what << ": " << answer.problem;
    EXPECT_EQ(answer.membership.source_version, 12U) << GetParam().what;
    EXPECT_EQ(names(answer), (std::vector<std::string>{"a", "b"})) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(
    Forms, TolerantElastiCacheAnswer,
    testing::Values(
        Tolerated{"carriage returns in the data",
                  "CONFIG cluster 0 34\r\n12\r\na|10.0.0.1|11211 b|10.0.0.2|11211\r\n\r\nEND\r\n"},
        Tolerated{"line feeds only",
                  "CONFIG cluster 0 37\n12\na|10.0.0.1|11211 b|10.0.0.2|11211\n\nEND\n"},
        Tolerated{"no empty line", "CONFIG cluster 0 22\r\n12\na||11211 b||11211\nEND\r\n"},
        Tolerated{
            "trailing blanks",
            "CONFIG cluster 0 43 \r\n12 \n a|10.0.0.1|11211  b|10.0.0.2|11211 \n\r\nEND \r\n"},
        Tolerated{"the count of an old example, 11 too many",
                  "CONFIG cluster 0 48\r\n12\na|10.0.0.1|11211 b|10.0.0.2|11211\n\r\nEND\r\n"},
        Tolerated{"a count that is too small",
                  "CONFIG cluster 0 1\r\n12\na|10.0.0.1|11211 b|10.0.0.2|11211\n\r\nEND\r\n"}));

struct Refused {
    std::string_view data;
    std::string_view problem;
};

class MalformedElastiCacheAnswer : public testing::TestWithParam<Refused> {};

TEST_P(MalformedElastiCacheAnswer, is_refused_with_its_reason) {
    const std::string bytes = framed(GetParam().data);

    const ElastiCacheAnswer answer = parse(bytes);

    EXPECT_EQ(answer.status, AnswerStatus::malformed);
    EXPECT_EQ(answer.problem, GetParam().problem);
    EXPECT_TRUE(answer.membership.members.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Data, MalformedElastiCacheAnswer,
    testing::Values(
        Refused{"", "the answer is empty"},
        Refused{"configversion\na||1\n", "\"configversion\" is no version"},
        Refused{"-1\na||1\n", "\"-1\" is no version"},
        Refused{"18446744073709551616\na||1\n", "\"18446744073709551616\" is no version"},
        Refused{"1\na||1\nb||2\n", "unexpected line \"b||2\""},
        Refused{"1\na|1\n", "\"a|1\" is not host|ip|port"},
        Refused{"1\na|||1\n", "\"a|||1\" is not host|ip|port"},
        Refused{"1\n||1\n", "\"||1\" has no usable host name"},
        Refused{"1\n/tmp/x||1\n", "\"/tmp/x||1\" has no usable host name"},
        Refused{"1\na\x01z||1\n", "\"a?z||1\" has no usable host name"},
        Refused{"1\na|10.0.0|1\n", "\"a|10.0.0|1\" has an address that is no IP"},
        Refused{"1\na|[::1]|1\n", "\"a|[::1]|1\" has an address that is no IP"},
        Refused{"1\na||0\n", "\"a||0\" has a port out of range 1..65535"},
        Refused{"1\na||65536\n", "\"a||65536\" has a port out of range 1..65535"},
        Refused{"1\na||\n", "\"a||\" has a port out of range 1..65535"},
        Refused{"1\na||11211x\n", "\"a||11211x\" has a port out of range 1..65535"},
        Refused{"1\na||1 b||1 a||1\n", "node \"a:1\" is listed twice"},
        Refused{"1\na|169.254.169.254|80\n",
                "\"169.254.169.254\" is an unspecified, multicast or link-local address"},
        Refused{"1\n0.0.0.0||80\n",
                "\"0.0.0.0\" is an unspecified, multicast or link-local address"}));

TEST(ElastiCacheAnswer, an_answer_that_announced_much_more_is_truncated) {
    const ElastiCacheAnswer answer =
        parse("CONFIG cluster 0 60\r\n12\na|10.0.0.1|11211\n\r\nEND\r\n");

    EXPECT_EQ(answer.status, AnswerStatus::malformed);
    EXPECT_EQ(answer.problem, "60 bytes were announced, 22 came");
}

TEST(ElastiCacheAnswer, a_version_without_nodes_is_the_word_that_there_are_none) {
    const ElastiCacheAnswer answer = parse("CONFIG cluster 0 4\r\n12\n\n\r\nEND\r\n");

    EXPECT_EQ(answer.status, AnswerStatus::no_nodes);
    EXPECT_EQ(answer.problem, "version 12 lists no nodes");
    EXPECT_EQ(answer.membership.source_version, 12U);
}

TEST(ElastiCacheAnswer, a_bare_end_means_that_nothing_is_set) {
    EXPECT_EQ(parse("END\r\n").status, AnswerStatus::unset);
}

TEST(ElastiCacheAnswer, an_error_line_is_a_refusal_wherever_it_comes) {
    EXPECT_EQ(parse("ERROR\r\n").status, AnswerStatus::unknown);
    EXPECT_EQ(parse("CLIENT_ERROR bad\r\n").status, AnswerStatus::refused);
    const ElastiCacheAnswer answer = parse("CONFIG cluster 0 9\r\nSERVER_ERROR busy\r\n");

    EXPECT_EQ(answer.status, AnswerStatus::refused);
    EXPECT_EQ(answer.problem, "answered \"SERVER_ERROR busy\"");
}

TEST(ElastiCacheAnswer, a_foreign_protocol_is_malformed) {
    const ElastiCacheAnswer answer = parse("HTTP/1.1 400 Bad Request\r\n");

    EXPECT_EQ(answer.status, AnswerStatus::malformed);
    EXPECT_EQ(answer.problem, "the answer starts with \"HTTP/1.1 400 Bad Request\"");
    EXPECT_EQ(parse("VALUE other 0 1\r\n").status, AnswerStatus::malformed);
    EXPECT_EQ(parse("CONFIG cluster 0\r\n").status, AnswerStatus::malformed);
    EXPECT_EQ(parse("CONFIG cluster 0 -1\r\n").status, AnswerStatus::malformed);
    EXPECT_EQ(parse("CONFIG cluster 0 99999999999999999999\r\n").status, AnswerStatus::malformed);
}

TEST(ElastiCacheAnswer, a_first_line_that_never_ends_is_malformed) {
    const ElastiCacheAnswer answer = parse(std::string(1025, 'x'));

    EXPECT_EQ(answer.status, AnswerStatus::malformed);
    EXPECT_LT(answer.problem.size(), 150U);
    EXPECT_EQ(parse("CONFIG cluster 0 1" + std::string(1025, ' ') + "\r\n").status,
              AnswerStatus::malformed);
}

TEST(ElastiCacheAnswer, too_many_announced_bytes_are_refused_before_they_come) {
    const ElastiCacheAnswer answer = parse("CONFIG cluster 0 262145\r\n");

    EXPECT_EQ(answer.status, AnswerStatus::malformed);
    EXPECT_EQ(answer.problem, "the answer announces 262145 bytes, more than 262144");
}

TEST(ElastiCacheAnswer, an_answer_that_does_not_end_is_refused_at_the_limit) {
    std::string bytes = "CONFIG cluster 0 100\r\n1\n";
    bytes.resize(base::kDiscoveryAnswerBytesMax, 'x');

    EXPECT_EQ(parse(bytes).status, AnswerStatus::need_more);
    bytes += 'x';
    EXPECT_EQ(parse(bytes).status, AnswerStatus::malformed);
}

TEST(ElastiCacheAnswer, nodes_are_counted_up_to_the_limit) {
    std::string data = "1\n";
    for (std::size_t i = 0; i < base::kPoolNodesMax; ++i) {
        data += fmt::format("n{}||1 ", i);
    }

    EXPECT_EQ(parse(framed(data + "\n")).membership.members.size(), base::kPoolNodesMax);
    const ElastiCacheAnswer answer = parse(framed(data + "one-more||1\n"));

    EXPECT_EQ(answer.status, AnswerStatus::malformed);
    EXPECT_EQ(answer.problem, "the list has more than 4096 nodes");
}

// Whatever it sends first: an alert, a handshake, in each version of TLS.
TEST(ElastiCacheAnswer, a_peer_that_speaks_tls_is_recognised_by_two_bytes) {
    for (const char type : {'\x14', '\x15', '\x16', '\x17'}) {
        const std::string record = std::string(1, type) + '\x03';
        EXPECT_EQ(parse(record.substr(0, 1)).status, AnswerStatus::need_more);

        for (const std::string& bytes : {record, record + std::string("\x01\0\x02\x02\x46", 5)}) {
            const ElastiCacheAnswer answer = parse(bytes);

            EXPECT_EQ(answer.status, AnswerStatus::malformed);
            EXPECT_EQ(answer.problem,
                      "the endpoint speaks TLS, which is not supported yet: use one without "
                      "encryption in transit");
        }
    }
    EXPECT_EQ(parse("\x13\x03\x03").status, AnswerStatus::need_more);
    EXPECT_EQ(parse("\x15\x02\x03").status, AnswerStatus::need_more);
}

}  // namespace
}  // namespace ringside::discovery
