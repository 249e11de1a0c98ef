#include "base/host_name.h"

#include "base/limits.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace ringside::base {
namespace {

TEST(HostName, a_name_is_labels_of_letters_digits_hyphens_and_underscores) {
    for (const char* name : {"a", "a.b", "a.b.", "CACHE-1.x_y.local", "10", "1a.2b"}) {
        EXPECT_TRUE(is_host_name(name)) << name;
    }
    for (const char* name : {"", ".", "a..b", ".a", "a..", "a b", "a/b", "a\\.b", "a\n", "a:1",
                             "caf\xc3\xa9", "[::1]", "::1"}) {
        EXPECT_FALSE(is_host_name(name)) << name;
    }
    EXPECT_FALSE(is_host_name(std::string_view("a\0b", 3)));
}

TEST(HostName, equal_names_have_one_text) {
    EXPECT_EQ(canonical_host_name("Ringside.PROD.svc."), "ringside.prod.svc");
    EXPECT_EQ(canonical_host_name("a.b"), "a.b");
    EXPECT_EQ(canonical_host_name(""), "");
}

TEST(HostName, labels_and_names_have_the_lengths_that_dns_allows) {
    EXPECT_TRUE(is_host_name(std::string(63, 'a')));
    EXPECT_FALSE(is_host_name(std::string(64, 'a')));
    std::string longest;
    while (longest.size() + 2 <= kHostNameBytesMax) {
        longest += "a.";
    }
    longest += "a";
    EXPECT_EQ(longest.size(), kHostNameBytesMax);
    EXPECT_TRUE(is_host_name(longest));
    EXPECT_TRUE(is_host_name(longest + "."));
    EXPECT_FALSE(is_host_name(longest + ".b"));
}

}  // namespace
}  // namespace ringside::base
