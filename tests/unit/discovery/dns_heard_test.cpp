#include "discovery/dns_heard.h"

#include "dns_zone.h"

#include <gtest/gtest.h>

#include <vector>

namespace ringside::discovery {
namespace {

using io::RecordType;

TEST(DnsHeard, who_has_spoken_of_a_wish_or_of_what_comes_nearest_to_it) {
    const std::vector<DnsHeard> all{{{"a.x.test", RecordType::a}, kNoRecords, "ns1:53"},
                                    {{"a.x.test", RecordType::aaaa}, kNoRecords, "ns2:53"},
                                    {{"a.test", RecordType::a}, kNoSuchName, "ns3:53"}};

    EXPECT_EQ(spoken_for(all, {"a.x.test", RecordType::a}), "ns1:53");
    EXPECT_EQ(spoken_for(all, {"a.x.test", RecordType::aaaa}), "ns2:53");
    EXPECT_EQ(spoken_for(all, {"a.test", RecordType::aaaa}), "ns3:53") << "of all types";
    EXPECT_EQ(spoken_for(all, {"a.y.test", RecordType::a}), "ns3:53") << "another search list";
    EXPECT_EQ(spoken_for({}, {"a.test", RecordType::a}), "");
}

TEST(DnsHeard, a_failure_is_nobodys_word) {
    EXPECT_TRUE(is_failure(kServerFails));
    EXPECT_TRUE(is_failure(kSilent));
    EXPECT_FALSE(is_failure(kNoSuchName));
    EXPECT_FALSE(is_failure(kNoRecords));
    EXPECT_FALSE(is_failure(ips({"10.0.0.1"})));
}

}  // namespace
}  // namespace ringside::discovery
