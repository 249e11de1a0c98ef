#include "config/schema.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::config {
namespace {

using base::milliseconds;

// Sets every key to its default; the result must be what a default-constructed Target is.
template <typename Target>
Target with_all_defaults(std::span<const Row<Target>> rows) {
    Target target;
    for (const auto& [key, set] : rows) {
        if (set != nullptr && !key.default_text.empty()) {
            const auto status = set(target, key, key.default_text);
            EXPECT_TRUE(status) << key.name << ": " << status.error().message;
        }
    }
    return target;
}

TEST(Schema, defaults_of_pool_keys_are_those_of_the_struct) {
    const PoolConfig untouched;

    const PoolConfig pool = with_all_defaults(pool_rows());

    EXPECT_EQ(pool.policy, untouched.policy);
    EXPECT_EQ(pool.backlog, untouched.backlog);
    EXPECT_EQ(pool.tcp_keepalive, untouched.tcp_keepalive);
}

TEST(Schema, defaults_of_process_keys_are_those_of_the_struct) {
    const ProcessConfig untouched;

    const ProcessConfig process = with_all_defaults(process_rows());

    EXPECT_EQ(process.workers, untouched.workers);
    EXPECT_EQ(process.admin, untouched.admin);
    EXPECT_EQ(process.probes, untouched.probes);
}

TEST(Schema, defaults_of_elasticache_keys_are_those_of_the_struct) {
    const ElastiCacheSource untouched;

    const ElastiCacheSource source = with_all_defaults(elasticache_rows());

    EXPECT_EQ(source.endpoint, untouched.endpoint);
    EXPECT_EQ(source.interval, untouched.interval);
    EXPECT_EQ(source.timeout, untouched.timeout);
}

TEST(Schema, a_key_without_default_is_required_or_may_be_absent_but_never_both) {
    for (const auto& [key, set] : pool_rows()) {
        EXPECT_FALSE(key.required && !key.default_text.empty()) << key.name;
    }
}

// Every number and duration takes its bounds and refuses what is just outside.
template <typename Target>
void expect_bounds(std::span<const Row<Target>> rows) {
    for (const auto& [key, set] : rows) {
        if (key.type != Type::number && key.type != Type::duration) {
            continue;
        }
        Target target;
        EXPECT_TRUE(set(target, key, std::to_string(key.min))) << key.name;
        EXPECT_TRUE(set(target, key, std::to_string(key.max))) << key.name;
        EXPECT_FALSE(set(target, key, std::to_string(key.max + 1))) << key.name;
        if (key.min > 0) {
            EXPECT_FALSE(set(target, key, std::to_string(key.min - 1))) << key.name;
        }
    }
}

TEST(Schema, bounds_are_inclusive) {
    expect_bounds(pool_rows());
    expect_bounds(process_rows());
    expect_bounds(elasticache_rows());
}

// Each choice of a row is understood: the table and the parsers list the same names.
TEST(Schema, every_choice_is_accepted) {
    for (const auto& [key, set] : pool_rows()) {
        std::string_view rest = key.choices;
        while (key.type == Type::choice && !rest.empty()) {
            const std::string_view choice = rest.substr(0, rest.find(", "));
            PoolConfig pool;
            EXPECT_TRUE(set(pool, key, choice)) << key.name << ' ' << choice;
            rest.remove_prefix(std::min(rest.size(), choice.size() + 2));
        }
    }
}

TEST(Schema, every_scalar_key_of_a_pool_changes_its_field) {
    PoolConfig pool;
    const auto set = [&pool](std::string_view name, std::string_view text) {
        for (const auto& row : pool_rows()) {
            if (row.key.name == name) {
                return static_cast<bool>(row.set(pool, row.key, text));
            }
        }
        return false;
    };

    EXPECT_TRUE(set("listen", "/s 0600") && pool.listen.mode == 0600U);
    EXPECT_TRUE(set("hash", "md5") && pool.policy.hash == routing::HashKind::md5);
    EXPECT_TRUE(set("hash_tag", "<>") && pool.policy.hash_tag == routing::HashTag({'<', '>'}));
    EXPECT_TRUE(set("distribution", "modula") &&
                pool.policy.distribution == routing::Distribution::modula);
    EXPECT_TRUE(set("timeout", "1m") && pool.policy.timeout == milliseconds(60'000));
    EXPECT_TRUE(set("backlog", "7") && pool.backlog == 7);
    EXPECT_TRUE(set("client_connections", "8") && pool.policy.client_connections_max == 8);
    EXPECT_TRUE(set("tcpkeepalive", "true") && pool.tcp_keepalive);
    EXPECT_TRUE(set("reuseport", "true"));
    EXPECT_TRUE(set("preconnect", "true") && pool.policy.preconnect);
    EXPECT_TRUE(set("redis", "true") && pool.policy.protocol == routing::ProtocolKind::redis);
    EXPECT_TRUE(set("redis_auth", "s") && pool.policy.redis_auth == "s");
    EXPECT_TRUE(set("redis_db", "9") && pool.policy.redis_db == 9);
    EXPECT_TRUE(set("server_connections", "2") && pool.policy.connections_per_node == 2);
    EXPECT_TRUE(set("auto_eject_hosts", "true") && pool.policy.auto_eject);
    EXPECT_TRUE(set("server_retry_timeout", "3") && pool.policy.retry_timeout == milliseconds(3));
    EXPECT_TRUE(set("server_failure_limit", "4") && pool.policy.failure_limit == 4);
    EXPECT_TRUE(set("failure_mode", "miss") &&
                pool.policy.failure_mode == routing::FailureMode::miss);
    EXPECT_TRUE(set("value_bytes_max", "5") && pool.policy.value_bytes_max == 5);
}

TEST(Schema, workers_are_a_number_or_auto) {
    ProcessConfig process;

    EXPECT_TRUE(set_process_key(process, "workers", "12"));
    EXPECT_EQ(process.workers, 12U);
    EXPECT_TRUE(set_process_key(process, "workers", "auto"));
    EXPECT_EQ(process.workers, 0U);
    EXPECT_EQ(set_process_key(process, "workers", "0").error().message,
              "\"0\" is out of range 1..64 or auto");
}

TEST(Schema, an_admin_address_that_was_set_is_not_the_default_one) {
    ProcessConfig process;

    EXPECT_TRUE(set_process_key(process, "admin", "127.0.0.1:22221"));

    EXPECT_FALSE(process.admin_is_default);
}

}  // namespace
}  // namespace ringside::config
