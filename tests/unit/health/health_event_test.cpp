#include "health/health_event.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace ringside::health {
namespace {

TEST(HealthEvent, every_kind_has_words_of_its_own) {
    const HealthKind kinds[] = {
        HealthKind::refused,         HealthKind::no_connection, HealthKind::name_not_found,
        HealthKind::connect_timeout, HealthKind::lost,          HealthKind::timed_out,
        HealthKind::turned_away,     HealthKind::not_ready,     HealthKind::protocol_error,
        HealthKind::auth_failed,     HealthKind::readonly,      HealthKind::writable,
        HealthKind::own_shortage,    HealthKind::recovered};

    std::set<std::string_view> words;
    for (const HealthKind kind : kinds) {
        words.insert(to_string(kind));
    }

    EXPECT_EQ(words.size(), std::size(kinds));
    EXPECT_EQ(words.count("unknown"), 0U);
}

TEST(HealthEvent, is_described_with_its_cause_where_the_kind_alone_does_not_tell_what_to_do) {
    HealthEvent event{.kind = HealthKind::no_connection, .cause = "Permission denied"};
    EXPECT_EQ(describe(event), "no connection: Permission denied");

    event = {.kind = HealthKind::refused, .cause = "Connection refused"};
    EXPECT_EQ(describe(event), "connection refused");

    event = {.kind = HealthKind::protocol_error};
    EXPECT_EQ(describe(event), "protocol error");
}

}  // namespace
}  // namespace ringside::health
