// What must hold of every key, whichever there are: the tests walk the tables.
#include "config/schema.h"

#include "config/source_rows.h"
#include "support/checkout.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

namespace ringside::config {
namespace {

using base::milliseconds;

// Calls `visit` with the rows of each table, and with what they set before any of them was given.
template <typename Visit>
void for_each_table(Visit&& visit) {
    visit(pool_rows(), PoolConfig{});
    visit(process_rows(), ProcessConfig{});
    visit(discovery_rows(), Source{});
    for (const SourceRow& row : source_rows()) {
        if (!row.settings.empty()) {
            visit(row.settings, row.make());
        }
        if (!row.tls.empty()) {
            Source source = row.make();
            visit(row.tls, *tls_of(source));
        }
    }
}

// Calls `visit` with each row whose value is one text, and with what it sets.
template <typename Visit>
void for_each_scalar(Visit&& visit) {
    for_each_table([&visit](auto rows, const auto& untouched) {
        for (const auto& row : rows) {
            if (row.set != nullptr) {
                visit(row, untouched);
            }
        }
    });
}

std::vector<std::string> choices_of(const Key& key) {
    std::vector<std::string> choices;
    std::string_view rest = key.choices;
    while (!rest.empty()) {
        choices.emplace_back(rest.substr(0, rest.find(", ")));
        rest.remove_prefix(std::min(rest.size(), choices.back().size() + 2));
    }
    return choices;
}

// A text of the key's type that is not its default.
std::string another_value_of(const Key& key) {
    switch (key.type) {
        case Type::number:
        case Type::duration:
        case Type::share:
            return std::to_string(key.max);
        case Type::boolean:
            return key.default_text == "true" ? "false" : "true";
        case Type::choice:
            return choices_of(key).front() == key.default_text ? choices_of(key).back()
                                                               : choices_of(key).front();
        case Type::text:
            return std::string(key.min, 'x');
        case Type::hosts:
            return "a.example, b";
        case Type::path:
            return "/d";
        case Type::address:
            return "10.1.2.3:4567";
        case Type::names:
            return key.max == 1 ? "a.example:11211" : "a.example:11211, b.example:1";
        case Type::ranges:
            return "10.0.0.0/8, fd00::/8";
        case Type::ips:
            return "10.1.2.3:53, [::1]:5353";
        case Type::listens:
        case Type::listen:
            return "/s 0600";
        case Type::servers:
        case Type::map:
            break;
    }
    return {};
}

// Texts that are not of the key's type.
std::vector<std::string> wrong_values_of(const Key& key) {
    switch (key.type) {
        case Type::number:
            return {"", "many", "-1", "0x10", "1.5", "1 ", "99999999999999999999"};
        case Type::share:
            return {"", "all", "-1", "1.5", "50 %", "101%", "%", "50%%", "4097"};
        case Type::duration:
            return {"", "soon", "-1", "1.5", "5 s", "5parsecs", "99999999999999999999"};
        case Type::boolean:
            return {"", "1", "yes", "True", "TRUE"};
        case Type::choice:
            return {"", "no-such-choice", std::string(key.choices)};
        case Type::text:
            return {std::string(key.min - 1, 'x'), std::string(key.max + 1, 'x')};
        case Type::hosts:
            return {"", ",", "a.example,", "a.example:80", "/path", "a..b", "[::1]"};
        case Type::path:
            return {"", "d", "./d", "~/d", "/d\n", "/" + std::string(key.max, 'x')};
        case Type::address:
            return {"", "nowhere", "/path", "a:0", "a:65536"};
        case Type::names:
            return {"", ",", "a.example", "a.example:1,", "/path", "10.0.0.1:1", "a..b:1"};
        case Type::ranges:
            return {"",          ",",          "10.0.0.0/8,", "10.0.0.1/8", "10.0.0.0/33",
                    "a.example", "10.0.0.1:80"};
        case Type::ips:
            return {"", ",", "127.0.0.1:53,", "/path", "a.example:53", "127.0.0.1:65536"};
        case Type::listens:
        case Type::listen:
            return {"", "nowhere", "a:0", "a:65536", "/s 999"};
        case Type::servers:
        case Type::map:
            break;
    }
    return {};
}

// --- every key ---

TEST(Schema, every_key_says_what_it_means_in_sentences) {
    std::size_t keys = 0;
    for_each_table([&keys](auto rows, const auto&) {
        for (const auto& [key, set] : rows) {
            ++keys;
            EXPECT_TRUE(key.doc.ends_with('.')) << key.name << ": " << key.doc;
        }
    });
    EXPECT_GT(keys, 0U);
}

TEST(Schema, every_key_is_in_the_document_with_its_meaning) {
    std::ostringstream file;
    file << std::ifstream(checkout::path("docs/CONFIG.md")).rdbuf();
    const std::string document = file.str();

    for_each_table([&document](auto rows, const auto&) {
        for (const auto& [key, set] : rows) {
            EXPECT_NE(document.find(fmt::format("\n| `{}` | ", key.name)), std::string::npos)
                << key.name;
            EXPECT_NE(document.find(fmt::format(" | {} |\n", key.doc)), std::string::npos)
                << key.name;
        }
    });
}

TEST(Schema, a_key_that_is_required_has_no_default) {
    for_each_table([](auto rows, const auto&) {
        for (const auto& [key, set] : rows) {
            EXPECT_FALSE(key.required && !key.default_text.empty()) << key.name;
        }
    });
}

TEST(Schema, a_number_a_choice_and_a_switch_have_a_default) {
    for_each_scalar([](const auto& row, const auto&) {
        const Key& key = row.key;
        if (key.type == Type::number || key.type == Type::duration || key.type == Type::choice ||
            key.type == Type::boolean) {
            EXPECT_FALSE(key.default_text.empty()) << key.name;
        }
    });
}

// That an address is the default one is the one thing that naming it changes.
void forget_who_wrote_it(ProcessConfig& process) {
    process.admin_is_default = true;
    process.stats_is_default = true;
}
template <typename Target>
void forget_who_wrote_it(Target&) {}

TEST(Schema, every_default_is_accepted_and_is_that_of_the_struct) {
    for_each_scalar([](const auto& row, const auto& untouched) {
        auto target = untouched;
        if (!row.key.default_text.empty()) {
            const auto status = row.set(target, row.key, row.key.default_text);
            EXPECT_TRUE(status) << row.key.name << ": " << status.error().message;
        }
        forget_who_wrote_it(target);

        EXPECT_TRUE(target == untouched) << row.key.name;
    });
}

TEST(Schema, every_key_refuses_what_is_not_of_its_type_and_changes_nothing) {
    for_each_scalar([](const auto& row, const auto& untouched) {
        for (const std::string& text : wrong_values_of(row.key)) {
            auto target = untouched;

            EXPECT_FALSE(row.set(target, row.key, text)) << row.key.name << " \"" << text << '"';
            forget_who_wrote_it(target);
            EXPECT_TRUE(target == untouched) << row.key.name << " \"" << text << '"';
        }
        EXPECT_FALSE(wrong_values_of(row.key).empty()) << row.key.name;
    });
}

// Every number and duration takes its bounds and refuses what is just outside.
TEST(Schema, bounds_are_inclusive) {
    for_each_scalar([](const auto& row, const auto& untouched) {
        const Key& key = row.key;
        if (key.type != Type::number && key.type != Type::duration) {
            return;
        }
        auto target = untouched;
        EXPECT_TRUE(row.set(target, key, std::to_string(key.min))) << key.name;
        EXPECT_TRUE(row.set(target, key, std::to_string(key.max))) << key.name;
        EXPECT_FALSE(row.set(target, key, std::to_string(key.max + 1))) << key.name;
        if (key.min > 0) {
            EXPECT_FALSE(row.set(target, key, std::to_string(key.min - 1))) << key.name;
        }
    });
}

// Each choice of a row is understood, and as something of its own: the table and the parsers list
// the same names.
TEST(Schema, every_choice_is_accepted_and_no_two_mean_the_same) {
    for_each_scalar([](const auto& row, const auto& untouched) {
        std::vector<std::decay_t<decltype(untouched)>> meant;
        for (const std::string& choice : choices_of(row.key)) {
            auto target = untouched;
            EXPECT_TRUE(row.set(target, row.key, choice)) << row.key.name << ' ' << choice;
            EXPECT_EQ(std::count(meant.begin(), meant.end(), target), 0)
                << row.key.name << ' ' << choice;
            meant.push_back(target);
        }
    });
}

// reuseport has none: twemproxy's files may hold it. resolvers is another word for nameservers.
TEST(Schema, every_key_has_an_effect_of_its_own) {
    for_each_table([](auto rows, const auto& untouched) {
        std::vector seen{untouched};
        for (const auto& row : rows) {
            if (row.set == nullptr || row.key.name == "reuseport" || row.key.name == "resolvers") {
                continue;
            }
            auto target = untouched;
            ASSERT_TRUE(row.set(target, row.key, another_value_of(row.key))) << row.key.name;

            EXPECT_EQ(std::count(seen.begin(), seen.end(), target), 0)
                << row.key.name << " changes nothing, or what another key changes";
            seen.push_back(target);
        }
    });
}

// --- what single keys mean ---

struct Meaning {
    std::string_view key;
    std::string_view text;
    bool (*holds)(const PoolConfig& pool);
};

// A key of a pool, a text, and what is then true of the pool.
constexpr std::array kMeanings{
    Meaning{"listen", "/s 0600, [::1]:1",
            [](auto& pool) {
                return pool.listen.mode == 0600U && pool.also_listen.at(0).address.port == 1;
            }},
    Meaning{"hash", "md5", [](auto& pool) { return pool.policy.hash == routing::HashKind::md5; }},
    Meaning{"hash_tag", "<>",
            [](auto& pool) {
                return pool.policy.hash_tag == routing::HashTag({'<', '>'});
            }},
    Meaning{"distribution", "modula",
            [](auto& pool) { return pool.policy.distribution == routing::Distribution::modula; }},
    Meaning{"timeout", "1m",
            [](auto& pool) { return pool.policy.timeout == milliseconds(60'000); }},
    Meaning{"backlog", "7", [](auto& pool) { return pool.backlog == 7; }},
    Meaning{"client_connections", "8",
            [](auto& pool) { return pool.policy.client_connections_max == 8; }},
    Meaning{"tcpkeepalive", "true", [](auto& pool) { return pool.tcp_keepalive; }},
    Meaning{"reuseport", "true", [](auto& pool) { return pool == PoolConfig{}; }},
    Meaning{"preconnect", "true", [](auto& pool) { return pool.policy.preconnect; }},
    Meaning{"redis", "true",
            [](auto& pool) { return pool.policy.protocol == routing::ProtocolKind::redis; }},
    Meaning{"redis_auth", "s", [](auto& pool) { return pool.policy.redis_auth == "s"; }},
    Meaning{"redis_auth_file", "/f", [](auto& pool) { return pool.redis_auth_file == "/f"; }},
    Meaning{"redis_db", "9", [](auto& pool) { return pool.policy.redis_db == 9; }},
    Meaning{"server_connections", "2",
            [](auto& pool) { return pool.policy.connections_per_node == 2; }},
    Meaning{"auto_eject_hosts", "true", [](auto& pool) { return pool.policy.auto_eject; }},
    Meaning{"server_retry_timeout", "3",
            [](auto& pool) { return pool.policy.retry_timeout == milliseconds(3); }},
    Meaning{"drain_timeout", "2s",
            [](auto& pool) { return pool.policy.drain_timeout == milliseconds(2000); }},
    Meaning{"server_failure_limit", "4", [](auto& pool) { return pool.policy.failure_limit == 4; }},
    Meaning{"max_ejected", "50%",
            [](auto& pool) {
                return pool.policy.max_ejected ==
                       routing::MaxEjected{routing::MaxEjected::Unit::percent, 50};
            }},
    Meaning{"failure_mode", "miss",
            [](auto& pool) { return pool.policy.failure_mode == routing::FailureMode::miss; }},
    Meaning{"strict_twemproxy", "true", [](auto& pool) { return pool.policy.strict_twemproxy; }},
    Meaning{"flush_all", "true", [](auto& pool) { return pool.policy.flush_all; }},
    Meaning{"scripts_without_keys", "true",
            [](auto& pool) { return pool.policy.scripts_without_keys; }},
    Meaning{"hot_keys", "true", [](auto& pool) { return pool.policy.hot_keys; }},
    Meaning{"histograms", "pool",
            [](auto& pool) { return pool.policy.histograms == routing::Histograms::pool; }},
    Meaning{"histograms", "none",
            [](auto& pool) { return pool.policy.histograms == routing::Histograms::none; }},
    Meaning{"nodes_min", "2", [](auto& pool) { return pool.rules.change.nodes_min == 2; }},
    Meaning{"change_max", "30",
            [](auto& pool) { return pool.rules.change.leave_percent_max == 30; }},
    Meaning{"hold", "5m",
            [](auto& pool) { return pool.rules.hold == std::optional(milliseconds(300'000)); }},
    Meaning{"hold", "forever", [](auto& pool) { return !pool.rules.hold; }},
    Meaning{"returns_max", "0", [](auto& pool) { return pool.rules.returns_max == 0; }},
    Meaning{"wait_for_discovery", "true", [](auto& pool) { return pool.wait_for_discovery; }},
    Meaning{"change_answers", "5", [](auto& pool) { return pool.rules.change.answers == 5; }},
    Meaning{"identity", "address",
            [](auto& pool) { return pool.identity == routing::Identity::address; }},
    Meaning{"identity_template", "{host}",
            [](auto& pool) { return pool.identity_template == "{host}"; }},
    Meaning{"allow", "10.0.0.0/8, fd00::1",
            [](auto& pool) { return pool.allow.size() == 2 && pool.allow[1].text() == "fd00::1"; }},
    Meaning{"value_bytes_max", "5", [](auto& pool) { return pool.policy.value_bytes_max == 5; }},
    Meaning{"request_bytes_max", "6",
            [](auto& pool) { return pool.policy.request_bytes_max == 6; }},
};

TEST(Schema, every_key_of_a_pool_sets_the_field_that_it_is_for) {
    for (const auto& row : pool_rows()) {
        if (row.set == nullptr) {
            continue;
        }
        const auto meaning =
            std::find_if(kMeanings.begin(), kMeanings.end(),
                         [&row](const Meaning& each) { return each.key == row.key.name; });
        ASSERT_NE(meaning, kMeanings.end()) << row.key.name << ": add what it sets to kMeanings";
        PoolConfig pool;

        EXPECT_TRUE(row.set(pool, row.key, meaning->text)) << row.key.name;

        EXPECT_TRUE(meaning->holds(pool)) << row.key.name;
    }
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
