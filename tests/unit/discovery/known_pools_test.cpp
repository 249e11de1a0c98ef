#include "discovery/known_pools.h"

#include "base/limits.h"
#include "discovery/pool_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace ringside::discovery {
namespace {

using namespace std::chrono_literals;
using routing::PoolId;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr base::TimePoint kStart{1000s};

config::PoolConfig named(const std::string& name,
                         routing::ProtocolKind protocol = routing::ProtocolKind::memcached) {
    config::PoolConfig pool;
    pool.name = name;
    pool.policy.protocol = protocol;
    return pool;
}

TEST(KnownPools, know_a_pool_by_its_name_and_protocol) {
    KnownPools pools;

    const PoolId alpha = pools.id_of(named("alpha"), kStart);
    const PoolId beta = pools.id_of(named("beta"), kStart);
    const PoolId redis = pools.id_of(named("alpha", routing::ProtocolKind::redis), kStart);

    EXPECT_THAT((std::vector{alpha, beta, redis}), ElementsAre(0, 1, 2));
    EXPECT_EQ(pools.id_of(named("alpha"), kStart), alpha);
    EXPECT_EQ(pools.find(beta)->name(), "beta");
    EXPECT_EQ(pools.find(17), nullptr);
}

TEST(KnownPools, forget_what_has_left_and_never_give_its_id_again) {
    KnownPools pools;
    const PoolId alpha = pools.id_of(named("alpha"), kStart);
    const PoolId beta = pools.id_of(named("beta"), kStart);
    pools.set_present({pools.find(alpha), pools.find(beta)}, kStart);
    EXPECT_EQ(pools.next_forgotten(), base::kNever);

    pools.set_present({pools.find(alpha)}, kStart + 1s);
    pools.set_present({pools.find(alpha)}, kStart + 5s);  // it has been away since before
    const base::TimePoint end = kStart + 1s + base::kAbsenceMax;
    EXPECT_EQ(pools.next_forgotten(), end);
    EXPECT_THAT(pools.forget_absent(end - 1ms), IsEmpty());
    EXPECT_THAT(pools.forget_absent(end), ElementsAre(beta));

    EXPECT_EQ(pools.find(beta), nullptr);
    EXPECT_EQ(pools.size(), 1U);
    EXPECT_EQ(pools.next_forgotten(), base::kNever);
    EXPECT_EQ(pools.id_of(named("beta"), kStart), 2U);
}

TEST(KnownPools, let_a_pool_come_back) {
    KnownPools pools;
    const PoolId alpha = pools.id_of(named("alpha"), kStart);
    pools.set_present({pools.find(alpha)}, kStart);

    pools.set_present({}, kStart);
    pools.set_present({pools.find(alpha)}, kStart + 10min);
    EXPECT_THAT(pools.forget_absent(kStart + 2 * base::kAbsenceMax), IsEmpty());

    pools.set_present({}, kStart + 3h);
    EXPECT_EQ(pools.next_forgotten(), kStart + 3h + base::kAbsenceMax);
}

}  // namespace
}  // namespace ringside::discovery
