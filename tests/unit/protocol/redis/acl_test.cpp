#include "protocol/redis/acl.h"

#include "protocol/redis/commands.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace ringside::protocol {
namespace {

using ::testing::ElementsAre;

std::vector<std::string_view> categories_of(std::string_view command) {
    const AclCategories categories = kRedisIndex.find(command)->acl.categories;
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < kAclCategories.size(); ++i) {
        if ((categories >> i & 1) != 0) {
            names.push_back(kAclCategories[i]);
        }
    }
    return names;
}

// All are compared with a redis-server in tests/integration/redis_table_test.cpp.
TEST(RedisAcl, a_command_has_the_categories_that_redis_gives_it) {
    EXPECT_THAT(categories_of("GET"), ElementsAre("read", "string", "fast"));
    EXPECT_THAT(categories_of("MSET"), ElementsAre("write", "string", "slow"));
    EXPECT_THAT(categories_of("EVAL"), ElementsAre("slow", "scripting"));
    EXPECT_THAT(categories_of("SORT"),
                ElementsAre("write", "set", "sortedset", "list", "slow", "dangerous"));
    EXPECT_THAT(categories_of("OBJECT"), ElementsAre("slow"));
    EXPECT_THAT(categories_of("CLIENT ID"), ElementsAre("slow", "connection"));
}

TEST(RedisAcl, a_category_is_found_in_any_case) {
    EXPECT_EQ(find_acl_category("keyspace"), 1U);
    EXPECT_EQ(find_acl_category("READ"), 2U);
    EXPECT_EQ(find_acl_category("scripting"), 1U << 20);
    EXPECT_EQ(find_acl_category("@read"), 0U);
    EXPECT_EQ(find_acl_category(""), 0U);
}

}  // namespace
}  // namespace ringside::protocol
