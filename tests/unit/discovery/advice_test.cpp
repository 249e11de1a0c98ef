#include "discovery/advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace ringside::discovery {
namespace {

using routing::Distribution;
using routing::HashKind;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

routing::PoolPtr pool_of(Distribution distribution, HashKind hash,
                         const std::vector<std::string>& names = {"n1", "n2", "n3"}) {
    routing::PoolPolicy policy;
    policy.distribution = distribution;
    policy.hash = hash;
    std::vector<routing::PoolNode> nodes;
    for (const std::string& name : names) {
        const auto id = static_cast<routing::NodeId>(nodes.size());
        nodes.push_back({{id, name, {"10.0.0.1", 11211}, 1}, {}});
    }
    return routing::build_pool(0, "p", std::move(policy), std::move(nodes));
}

TEST(Advice, names_hash_distribution_node_and_what_was_measured) {
    EXPECT_THAT(advice_on(*pool_of(Distribution::ketama, HashKind::crc32)),
                ElementsAre("hash crc32 with ketama puts 100 % of 10000 sample keys (k0 to k9999) "
                            "on node n2 (fair share 33.3 %); kept for compatibility; to change it: "
                            "hash: murmur, which moves keys"));
}

TEST(Advice, random_does_not_find_what_was_stored) {
    EXPECT_THAT(advice_on(*pool_of(Distribution::random, HashKind::murmur)),
                ElementsAre("distribution random draws a node for each request, so what is stored "
                            "on one is not found on the others; kept for compatibility; to change "
                            "it: distribution: ketama"));
    EXPECT_THAT(advice_on(*pool_of(Distribution::random, HashKind::murmur, {"n"})), IsEmpty());
}

TEST(Advice, a_node_that_hangs_is_never_ejected_without_a_timeout) {
    routing::PoolPolicy policy;
    policy.hash = HashKind::murmur;
    policy.auto_eject = true;
    const auto of = [&policy] { return advice_on(*routing::build_pool(0, "p", policy, {})); };

    EXPECT_THAT(of(), ElementsAre("auto_eject_hosts without a timeout never ejects a node that "
                                  "hangs: requests wait for it without end; to change it: "
                                  "timeout: 400"));
    policy.timeout = base::milliseconds(400);
    EXPECT_THAT(of(), IsEmpty());
}

TEST(Advice, there_is_none_on_good_choices) {
    EXPECT_THAT(advice_on(*pool_of(Distribution::ketama, HashKind::murmur)), IsEmpty());
    EXPECT_THAT(advice_on(*pool_of(Distribution::ketama, HashKind::md5, {})), IsEmpty());
}

TEST(AdviceOnce, is_given_once_for_each_choice) {
    AdviceOnce advice;

    EXPECT_THAT(advice.take(*pool_of(Distribution::ketama, HashKind::crc32)), SizeIs(1));
    EXPECT_THAT(advice.take(*pool_of(Distribution::ketama, HashKind::crc32)), IsEmpty());
    EXPECT_THAT(advice.take(*pool_of(Distribution::ketama, HashKind::crc32, {"a", "b"})),
                IsEmpty());
    EXPECT_THAT(advice.take(*pool_of(Distribution::ketama, HashKind::murmur)), IsEmpty());
    EXPECT_THAT(advice.take(*pool_of(Distribution::ketama, HashKind::crc32)), SizeIs(1));
    EXPECT_THAT(advice.take(*pool_of(Distribution::random, HashKind::crc32)), SizeIs(1));
}

TEST(AdviceOnce, waits_for_a_ring_that_there_is_something_to_say_about) {
    AdviceOnce advice;

    EXPECT_THAT(advice.take(*pool_of(Distribution::ketama, HashKind::crc32, {})), IsEmpty());
    EXPECT_THAT(advice.take(*pool_of(Distribution::ketama, HashKind::crc32, {"n1"})), IsEmpty());
    EXPECT_THAT(advice.take(*pool_of(Distribution::ketama, HashKind::crc32)), SizeIs(1));
}

}  // namespace
}  // namespace ringside::discovery
