#include "health/health_event.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace ringside::health {
namespace {

TEST(HealthEvent, every_kind_has_words_of_its_own) {
    const HealthKind kinds[] = {HealthKind::refused,         HealthKind::name_not_found,
                                HealthKind::connect_timeout, HealthKind::lost,
                                HealthKind::timed_out,       HealthKind::protocol_error,
                                HealthKind::auth_failed,     HealthKind::readonly,
                                HealthKind::writable,        HealthKind::recovered};

    std::set<std::string_view> words;
    for (const HealthKind kind : kinds) {
        words.insert(to_string(kind));
    }

    EXPECT_EQ(words.size(), std::size(kinds));
    EXPECT_EQ(words.count("unknown"), 0U);
}

}  // namespace
}  // namespace ringside::health
