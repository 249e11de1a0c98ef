#include "routing/sample_keys.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace ringside::routing {
namespace {

using ::testing::ElementsAre;

TEST(SampleKeys, are_the_same_in_every_run_and_of_several_shapes) {
    EXPECT_THAT(sample_keys(5, {}), ElementsAre("k0", "user:0:profile", "session:e220a8397b1dcdaf",
                                                "/images/0.png?size=64", "k1"));
}

TEST(SampleKeys, are_different_and_fit_for_memcached) {
    const std::vector<std::string> keys = sample_keys(10'000, {});

    EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), 10'000U);
    EXPECT_TRUE(std::all_of(keys.begin(), keys.end(), [](const std::string& key) {
        return key.size() <= 250 && key.find_first_of(" \r\n\t") == std::string::npos;
    }));
}

TEST(SampleKeys, hold_each_tag_once) {
    constexpr HashTag kNone{};
    constexpr HashTag kBraces{'{', '}'};
    constexpr HashTag kBrackets{'[', ']'};

    EXPECT_THAT(sample_keys(6, std::vector<HashTag>{kNone, kBraces, kBraces, kBrackets}),
                ElementsAre("k0", "user:0:profile", "session:e220a8397b1dcdaf",
                            "/images/0.png?size=64", "cart:{0}:items", "cart:[0]:items"));
}

}  // namespace
}  // namespace ringside::routing
