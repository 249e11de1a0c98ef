#include "inject/skip_reason.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace ringside::inject {
namespace {

TEST(SkipReason, each_has_a_name_of_its_own_and_a_sentence) {
    std::set<std::string_view> names;
    for (const SkipRow& row : skip_rows()) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), row.name.npos);
        EXPECT_GT(row.sentence.size(), 20u);
        EXPECT_LT(row.sentence.size(), 120u);  // Kubernetes' advice for a warning
        EXPECT_EQ(&skip_row(row.reason), &row);
    }
}

TEST(SkipReason, who_asked_for_no_sidecar_is_not_warned) {
    EXPECT_FALSE(skip_row(SkipReason::disabled).is_warning);
    EXPECT_FALSE(skip_row(SkipReason::not_enabled).is_warning);
    EXPECT_FALSE(skip_row(SkipReason::already_injected).is_warning);
    EXPECT_TRUE(skip_row(SkipReason::host_network).is_warning);
}

}  // namespace
}  // namespace ringside::inject
