#include "proxy/node_addresses.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::proxy {
namespace {

using base::milliseconds;

const routing::Address kA{"10.0.0.1", 1};
const routing::Address kB{"10.0.0.2", 1};
const routing::Address kC{"10.0.0.3", 1};

NodeAddresses three() {
    NodeAddresses addresses;
    addresses.adopt({kA, kB, kC}, {});
    return addresses;
}

TEST(NodeAddresses, are_tried_in_their_order_from_the_one_that_worked) {
    NodeAddresses addresses = three();

    addresses.on_success(kB);

    EXPECT_EQ(addresses.first(), kB);
    EXPECT_EQ(addresses.next_after(kB), kC);
    EXPECT_EQ(addresses.next_after(kC), kA);
}

TEST(NodeAddresses, begin_behind_one_that_has_failed_once_only) {
    NodeAddresses addresses = three();

    addresses.on_failure(kA);
    addresses.on_failure(kA);  // of another link

    EXPECT_EQ(addresses.first(), kB);
}

TEST(NodeAddresses, remember_the_one_that_worked_over_a_change) {
    NodeAddresses addresses = three();
    addresses.on_success(kC);

    EXPECT_TRUE(addresses.adopt({kB, kC}, {}));

    EXPECT_EQ(addresses.first(), kC);
    EXPECT_FALSE(addresses.contains(kA));
}

TEST(NodeAddresses, a_problem_is_news_only_without_an_address) {
    NodeAddresses addresses;

    EXPECT_FALSE(addresses.adopt({}, {}));
    EXPECT_TRUE(addresses.adopt({}, "name lookup timed out"));
    EXPECT_EQ(addresses.problem(), "name lookup timed out");
    EXPECT_TRUE(addresses.adopt({kA}, {}));
    EXPECT_FALSE(addresses.adopt({kA}, "name lookup timed out"));
}

TEST(NodeAddresses, share_the_time_of_an_attempt) {
    NodeAddresses one;
    one.adopt({kA}, {});
    NodeAddresses two;
    two.adopt({kA, kB}, {});

    EXPECT_EQ(one.share_of(milliseconds(2000), milliseconds(400)), milliseconds(2000));
    EXPECT_EQ(two.share_of(milliseconds(2000), milliseconds(0)), milliseconds(1000));
    EXPECT_EQ(two.share_of(milliseconds(2000), milliseconds(1200)), milliseconds(600));
    EXPECT_EQ(two.share_of(milliseconds(2000), milliseconds(100)), NodeAddresses::kShareMin);
}

}  // namespace
}  // namespace ringside::proxy
