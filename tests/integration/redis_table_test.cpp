// The table of commands against a real redis-server: rows agree with its own, and what is refused
// never arrives there.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/resp.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

// A row of COMMAND INFO, as far as the two are compared.
struct Row {
    std::string arity;
    std::string first;
    std::string last;
    std::string step;
    std::string access;      // "readonly", "write" or nothing
    std::string categories;  // "@read @string @fast"

    bool operator==(const Row&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Row& row) {
    return out << fmt::format("arity {} keys {} {} {} {} {}", row.arity, row.first, row.last,
                              row.step, row.access, row.categories);
}

void add_row(const RespAnswer& answer, std::map<std::string, Row>& rows) {
    Row row{.arity = answer.items[1].text,
            .first = answer.items[3].text,
            .last = answer.items[4].text,
            .step = answer.items[5].text,
            .access = {},
            .categories = {}};
    for (const RespAnswer& flag : answer.items[2].items) {
        if (flag.text == "readonly" || flag.text == "write") {
            row.access = flag.text;
        }
    }
    for (const RespAnswer& category : answer.items[6].items) {
        row.categories += (row.categories.empty() ? "" : " ") + category.text;
    }
    rows[answer.items[0].text] = row;
    for (const RespAnswer& subcommand : answer.items[9].items) {
        add_row(subcommand, rows);
    }
}

std::map<std::string, Row> rows_of(Client& client) {
    std::map<std::string, Row> rows;
    for (const RespAnswer& answer : ask(client, {"COMMAND"}).items) {
        add_row(answer, rows);
    }
    return rows;
}

// "client|kill" -> {"client", "kill"}
Words words_of_name(std::string name) {
    std::replace(name.begin(), name.end(), '|', ' ');
    return words_of(name);
}

// What the server has counted, whether it carried it out or not: "cmdstat_config|get:calls=..."
std::set<std::string> arrived_at(Client& node) {
    std::set<std::string> names;
    const std::string stats = ask(node, {"INFO", "commandstats"}).text;
    constexpr std::string_view kPrefix = "cmdstat_";
    for (std::size_t at = stats.find(kPrefix); at != std::string::npos;
         at = stats.find(kPrefix, at + 1)) {
        const std::size_t begin = at + kPrefix.size();
        names.insert(stats.substr(begin, stats.find(':', begin) - begin));
    }
    return names;
}

class RedisTable : public ::testing::Test {
  protected:
    std::array<RedisNode, 1> nodes_;
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pool_before(nodes_, port_, {"redis: true"})}};
    Client client_{port_};
    Client node_ = nodes_[0].client();
};

TEST_F(RedisTable, forwarded_rows_agree_with_those_of_the_server) {
    const std::map<std::string, Row> real = rows_of(node_);
    std::size_t compared = 0;

    for (auto [name, row] : rows_of(client_)) {
        if (row.access.empty()) {
            continue;  // the proxy's own
        }
        const auto at_server = real.find(name);
        ASSERT_NE(at_server, real.end()) << name;
        Row expected = at_server->second;
        if (name == "zrank" || name == "zrevrank") {
            expected.arity = "-3";  // Redis 7.2 added WITHSCORE
        }
        if (expected.access.empty()) {
            row.access = {};  // of a script Redis does not say what it does
        }
        EXPECT_EQ(row, expected) << name;
        ++compared;
    }

    EXPECT_GT(compared, 160U);
}

TEST_F(RedisTable, what_the_proxy_answers_itself_has_the_categories_of_the_server) {
    const std::map<std::string, Row> real = rows_of(node_);

    for (const auto& [name, row] : rows_of(client_)) {
        const auto at_server = real.find(name);
        const bool in_7_2 = name == "client|no-touch" || name == "client|setinfo";
        EXPECT_EQ(at_server == real.end(), in_7_2) << name;
        if (!in_7_2) {
            EXPECT_EQ(row.categories, at_server->second.categories) << name;
        }
    }
}

// Those of the server's list that the proxy has: the others it refuses.
TEST_F(RedisTable, the_list_is_filtered_as_by_the_server) {
    const auto names_of = [](Client& client, const Words& words) {
        std::set<std::string> names;
        for (const RespAnswer& item : ask(client, words).items) {
            names.insert(item.text);
        }
        return names;
    };
    std::set<std::string> known = names_of(client_, {"COMMAND", "LIST"});
    EXPECT_GT(known.size(), 200U);

    for (const auto& [by, what] :
         std::vector<std::pair<std::string, std::string>>{{"ACLCAT", "read"},
                                                          {"ACLCAT", "Write"},
                                                          {"ACLCAT", "fast"},
                                                          {"ACLCAT", "slow"},
                                                          {"ACLCAT", "keyspace"},
                                                          {"ACLCAT", "connection"},
                                                          {"ACLCAT", "pubsub"},
                                                          {"ACLCAT", "none"},
                                                          {"MODULE", "none"},
                                                          {"PATTERN", "x*"},
                                                          {"PATTERN", "*|*"},
                                                          {"PATTERN", "[a-g]et*"},
                                                          {"PATTERN", "[^a-y]*"},
                                                          {"PATTERN", "?ET"},
                                                          {"PATTERN", "client\\|*"}}) {
        const Words words{"COMMAND", "LIST", "FILTERBY", by, what};
        std::set<std::string> names = names_of(client_, words);
        names.erase("client|no-touch");  // of Redis 7.2
        names.erase("client|setinfo");
        std::set<std::string> expected;
        for (const std::string& name : names_of(node_, words)) {
            if (known.count(name) == 1) {
                expected.insert(name);
            }
        }
        EXPECT_EQ(names, expected) << by << " " << what;
    }
    for (const Words& words : {Words{"COMMAND", "LIST", "FILTERBY"},
                               Words{"COMMAND", "LIST", "FILTERBY", "NONSENSE", "x"}}) {
        EXPECT_EQ(ask(client_, words).raw, ask(node_, words).raw);
    }
}

TEST_F(RedisTable, every_command_of_the_server_is_known_and_nothing_refused_arrives_there) {
    const std::map<std::string, Row> real = rows_of(node_);
    const std::map<std::string, Row> offered = rows_of(client_);
    ask(node_, {"CONFIG", "RESETSTAT"});
    std::size_t refused = 0;

    for (const auto& [name, row] : real) {
        if (name == "quit" || name == "auth" || name == "hello" || name == "reset") {
            continue;  // they change this session
        }
        for (const Words& arguments : {Words{}, Words{"1"}, Words{"1", "1", "1", "1"}}) {
            Words words = words_of_name(name);
            words.insert(words.end(), arguments.begin(), arguments.end());
            const RespAnswer answer = ask(client_, words);
            EXPECT_EQ(answer.raw.find("unknown command"), std::string::npos) << answer.raw;
            refused += answer.raw.find("is not supported by this proxy") != std::string::npos;
        }
    }

    EXPECT_GT(refused, 300U);
    for (const std::string& name : arrived_at(node_)) {
        const auto row = offered.find(name);
        const bool own = name == "config|resetstat" || name == "info";
        EXPECT_TRUE(own || (row != offered.end() && !row->second.access.empty())) << name;
    }
}

}  // namespace
}  // namespace ringside::testing
