#include "io/dns_answer.h"

#include "base/limits.h"
#include "unit/io/scripted_name_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::io {
namespace {

using base::seconds;
using test::a_record;
using test::four_bytes;
using test::kTypeA;
using test::kTypeAaaa;
using test::kTypeCname;
using test::record;
using test::two_bytes;
using test::wire_name;

constexpr int kTypeSrv = 33;
const RecordResult kBad = LookupProblem::bad_answer;
const RecordResult kNone = LookupProblem::no_address;

// The header and the question of an answer with so many records.
std::string head(std::string_view name, int type, int answers) {
    return two_bytes(1) + std::string("\x81\x80", 2) + two_bytes(1) + two_bytes(answers) +
           two_bytes(0) + two_bytes(0) + wire_name(name) + two_bytes(type) + two_bytes(1);
}
RecordResult read(const std::string& message, std::string_view name,
                  RecordType type = RecordType::a) {
    // A copy of the very size, for the sanitizers.
    const std::vector<std::uint8_t> bytes(message.begin(), message.end());
    return read_dns_answer(bytes, name, type);
}
std::string srv_record(const std::string& target, int weight = 0, std::uint32_t ttl = 30) {
    return record(kTypeSrv, ttl, two_bytes(1) + two_bytes(weight) + two_bytes(11211) + target);
}
RecordResult addresses(std::vector<std::string> hosts, seconds ttl) {
    DnsRecords found{.records = {}, .ttl = ttl};
    for (std::string& host : hosts) {
        found.records.push_back({.host = std::move(host)});
    }
    return found;
}

TEST(DnsAnswer, addresses_have_the_least_time_to_live_of_all) {
    const std::string answer =
        head("a.test", kTypeA, 2) + a_record(0x0a000001, 60) + a_record(0x0a000002, 20);

    EXPECT_EQ(read(answer, "a.test"), addresses({"10.0.0.1", "10.0.0.2"}, seconds(20)));
    EXPECT_EQ(read(answer, "A.Test."), read(answer, "a.test"));
}

TEST(DnsAnswer, addresses_of_ipv6_are_read_likewise) {
    const std::string answer =
        head("a.test", kTypeAaaa, 1) + record(kTypeAaaa, 5, std::string(15, '\0') + '\1');

    EXPECT_EQ(read(answer, "a.test", RecordType::aaaa), addresses({"::1"}, seconds(5)));
    EXPECT_EQ(read(answer, "a.test", RecordType::a), kNone);
}

TEST(DnsAnswer, aliases_are_followed_in_any_order_and_have_a_time_of_their_own) {
    const std::string alias = record(kTypeCname, 7, wire_name("B.Other"));
    const std::string target = record(kTypeA, 60, four_bytes(0x0a000001), wire_name("b.other"));

    EXPECT_EQ(read(head("a.test", kTypeA, 2) + alias + target, "a.test"),
              addresses({"10.0.0.1"}, seconds(7)));
    EXPECT_EQ(read(head("a.test", kTypeA, 2) + target + alias, "a.test"),
              addresses({"10.0.0.1"}, seconds(7)));
}

TEST(DnsAnswer, aliases_in_a_circle_are_a_bad_answer) {
    const std::string answer = head("a.test", kTypeA, 2) +
                               record(kTypeCname, 7, wire_name("b.test")) +
                               record(kTypeCname, 7, wire_name("a.test"), wire_name("b.test"));

    EXPECT_EQ(read(answer, "a.test"), kBad);
}

TEST(DnsAnswer, records_of_other_names_do_not_count) {
    const std::string answer = head("a.test", kTypeA, 1) +
                               record(kTypeA, 60, four_bytes(0x0a000001), wire_name("evil.test"));

    EXPECT_EQ(read(answer, "a.test"), kNone);
}

TEST(DnsAnswer, no_records_are_that) {
    EXPECT_EQ(read(head("a.test", kTypeA, 0), "a.test"), kNone);
}

TEST(DnsAnswer, a_time_to_live_with_its_highest_bit_set_is_none) {
    const std::string answer = head("a.test", kTypeA, 1) + a_record(0x0a000001, 0x80000001);

    EXPECT_EQ(read(answer, "a.test"), addresses({"10.0.0.1"}, seconds(0)));
}

TEST(DnsAnswer, a_service_has_port_weight_priority_and_a_target) {
    const std::string answer = head("_memcached._tcp.a.test", kTypeSrv, 2) +
                               srv_record(wire_name("Cache-0.a.test"), 50) +
                               srv_record("\7cache-1\300\034");  // "a.test" of the question

    const RecordResult result = read(answer, "_memcached._tcp.a.test", RecordType::srv);

    ASSERT_TRUE(std::holds_alternative<DnsRecords>(result));
    const DnsRecords& found = std::get<DnsRecords>(result);
    ASSERT_EQ(found.records.size(), 2U);
    EXPECT_EQ(found.records[0],
              (DnsRecord{.host = "cache-0.a.test", .port = 11211, .priority = 1, .weight = 50}));
    EXPECT_EQ(found.records[1].host, "cache-1.a.test");
    EXPECT_EQ(found.ttl, seconds(30));
}

TEST(DnsAnswer, the_root_as_a_target_means_that_there_is_no_service) {
    const RecordResult result = read(head("a.test", kTypeSrv, 1) + srv_record(std::string(1, '\0')),
                                     "a.test", RecordType::srv);

    EXPECT_EQ(std::get<DnsRecords>(result).records.at(0).host, "");
}

TEST(DnsAnswer, a_target_that_is_no_host_name_is_a_bad_answer) {
    const std::vector<std::string> targets{std::string("\3a\nb\0", 5), std::string("\3a b\0", 5),
                                           std::string("\3a.b\0", 5), std::string("\3a\0b\0", 5),
                                           std::string("\2\xc3\xa4\0", 4)};
    for (const std::string& target : targets) {
        EXPECT_EQ(read(head("a.test", kTypeSrv, 1) + srv_record(target), "a.test", RecordType::srv),
                  kBad);
    }
}

TEST(DnsAnswer, a_name_that_points_forward_or_at_itself_is_a_bad_answer) {
    const std::string before = head("a.test", kTypeA, 1);
    for (const std::size_t to : {before.size(), before.size() + 2, std::size_t{0x3fff}}) {
        const std::string pointer = two_bytes(static_cast<int>(0xc000 | to)) + std::string("\0", 1);
        EXPECT_EQ(read(before + record(kTypeA, 1, four_bytes(1), pointer), "a.test"), kBad);
    }
}

TEST(DnsAnswer, a_chain_of_pointers_without_end_is_a_bad_answer) {
    // Each points two bytes back, to the one before.
    std::string chain = head("a.test", kTypeA, 1);
    const std::string name = "\300\014";
    std::string data = name;
    const std::size_t begin = chain.size() + 12;
    for (std::size_t i = 0; i < 1000; ++i) {
        data += two_bytes(static_cast<int>(0xc000 | (begin + data.size() - 2)));
    }
    chain += record(kTypeCname, 1, data.substr(0, 2));
    EXPECT_EQ(read(chain, "a.test"), kBad) << "a circle of one";

    std::string answer = head("a.test", kTypeA, 2) + record(16, 1, data);
    answer +=
        record(kTypeA, 1, four_bytes(1), two_bytes(static_cast<int>(0xc000 | (answer.size() - 2))));
    EXPECT_EQ(read(answer, "a.test"), kBad);
}

TEST(DnsAnswer, an_address_of_another_length_is_a_bad_answer) {
    EXPECT_EQ(read(head("a.test", kTypeA, 1) + record(kTypeA, 1, "abc"), "a.test"), kBad);
    EXPECT_EQ(read(head("a.test", kTypeA, 1) + record(kTypeA, 1, "abcde"), "a.test"), kBad);
}

TEST(DnsAnswer, an_answer_that_ends_too_early_anywhere_is_a_bad_one) {
    const std::string answer = head("a.test", kTypeA, 2) +
                               record(kTypeCname, 7, wire_name("b.other")) +
                               record(kTypeA, 60, four_bytes(0x0a000001), wire_name("b.other"));
    ASSERT_EQ(read(answer, "a.test"), addresses({"10.0.0.1"}, seconds(7)));

    for (std::size_t size = 0; size < answer.size(); ++size) {
        EXPECT_EQ(read(answer.substr(0, size), "a.test"), kBad) << size;
    }
}

TEST(DnsAnswer, the_largest_answer_is_read_and_a_number_that_cannot_be_is_not) {
    std::string records;
    int count = 0;
    while (records.size() + 16 + 24 <= 65'535) {
        records += a_record(static_cast<std::uint32_t>(0x0a000000 + count++), 60);
    }
    const RecordResult result = read(head("a.test", kTypeA, count) + records, "a.test");

    EXPECT_EQ(std::get<DnsRecords>(result).records.size(), static_cast<std::size_t>(count));
    EXPECT_EQ(read(head("a.test", kTypeA, base::kDnsRecordsMax + 1) + records, "a.test"), kBad);
}

TEST(DnsAnswer, any_byte_may_be_another_one) {
    const std::string answer =
        head("a.test", kTypeSrv, 2) + record(kTypeCname, 7, wire_name("b.other")) +
        record(kTypeSrv, 60, two_bytes(1) + two_bytes(2) + two_bytes(3) + "\1c\300\014",
               wire_name("b.other"));
    std::mt19937 random(1);

    for (int i = 0; i < 20'000; ++i) {
        std::string changed = answer;
        for (int change = 0; change < 3; ++change) {
            changed[random() % changed.size()] = static_cast<char>(random());
        }
        const RecordResult result = read(changed, "a.test", RecordType::srv);
        if (const auto* const found = std::get_if<DnsRecords>(&result)) {
            EXPECT_FALSE(found->records.empty());
        }
    }
}

}  // namespace
}  // namespace ringside::io
