// ringctl as people and scripts meet it: help, options, formats, names, what it says when something
// is misspelt.
#include "integration/support/network.h"
#include "integration/support/pool_text.h"
#include "integration/support/process.h"
#include "integration/support/proxy.h"
#include "integration/support/scripted_peer.h"
#include "integration/support/servers.h"
#include "support/checkout.h"
#include "support/yaml_as_json.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using Json = nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Words = std::vector<std::string>;

Outcome offline(Words words) {
    words.insert(words.begin(), program("ringctl"));
    return run(std::move(words));
}

// The verbs, as completion knows them.
Words all_verbs() {
    Words verbs;
    std::istringstream lines(offline({"__complete", ""}).output);
    for (std::string line; std::getline(lines, line);) {
        verbs.push_back(line.substr(0, line.find('\t')));
    }
    return verbs;
}

// --- without a proxy ---

TEST(RingctlHelp, has_every_verb_with_usage_options_and_examples) {
    const std::string all = offline({"--help"}).output;
    const Words verbs = all_verbs();

    EXPECT_GE(verbs.size(), 31U);
    for (const std::string& verb : verbs) {
        const Outcome help = offline({"help", verb});
        EXPECT_EQ(help.exit_code, 0) << verb;
        EXPECT_THAT(help.output, AllOf(HasSubstr("usage: ringctl " + verb),
                                       HasSubstr("\nExamples\n  "), HasSubstr("--admin ADDR")));
        EXPECT_EQ(offline({verb, "--help"}).output, help.output);
        EXPECT_THAT(all, HasSubstr("\n  " + verb + " "));
    }
    EXPECT_THAT(offline({"eject", "-h"}).output,
                AllOf(HasSubstr("--for TIME"), HasSubstr("--dry-run"), Not(HasSubstr("--with"))));
    EXPECT_THAT(all, AllOf(HasSubstr("Where keys live\n"), HasSubstr("  3  nobody answers")));
}

TEST(RingctlHelp, and_the_document_are_made_of_the_same_table) {
    std::ifstream file(checkout::path("docs/RINGCTL.md"));
    const std::string document{std::istreambuf_iterator<char>(file), {}};

    EXPECT_EQ(offline({"--print-docs"}).output, document)
        << "ringctl --print-docs > docs/RINGCTL.md";
}

TEST(RingctlUsage, says_what_was_meant_by_a_misspelt_verb_or_option) {
    const Outcome verb = offline({"ejcet", "pool", "node"});
    EXPECT_EQ(verb.exit_code, 2);
    EXPECT_THAT(verb.errors, HasSubstr("unknown command 'ejcet'; did you mean 'eject'?"));
    EXPECT_THAT(offline({"help", "reconect"}).errors, HasSubstr("did you mean 'reconnect'?"));
    const Outcome option = offline({"eject", "--dryrun", "pool", "node"});
    EXPECT_EQ(option.exit_code, 2);
    EXPECT_THAT(option.errors, HasSubstr("unknown option --dryrun; did you mean '--dry-run'?"));
}

TEST(RingctlUsage, an_option_that_would_say_nothing_is_refused) {
    const Outcome outcome = offline({"pools", "--dry-run"});

    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(
        outcome.errors,
        "ringctl: --dry-run goes with eject, drain, restore and drain-clients, not with pools\n");
    for (const Words& words :
         {Words{"completion", "bash", "-o", "json"}, Words{"pools", "--count", "2"},
          Words{"pools", "-o", "xml"}, Words{"pools", "--watch=1ms"}, Words{"pools", "-o"},
          Words{"events", "--watch"}, Words{"pools", "--pid", "1", "--admin", "127.0.0.1:1"},
          Words{"completion", "tcsh"}, Words{"keys", "a", "--limit", "0"}, Words{"pool"},
          Words{"pool", "a", "b"}}) {
        EXPECT_EQ(offline(words).exit_code, 2) << words.front() << " " << words.back();
    }
}

TEST(RingctlUsage, who_answers_something_else_is_said_not_to_be_the_admin_api) {
    const ScriptedPeer peer([](std::string_view line) -> std::optional<std::string> {
        return line.empty() ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}" : "";
    });

    for (const Words& words : {Words{"eject", "pool", "node"}, Words{"pools"}, Words{"check"},
                               Words{"top"}, Words{"ring", "pool"}}) {
        Words all = words;
        all.insert(all.end(), {"--admin", peer.address()});
        const Outcome outcome = offline(all);
        EXPECT_EQ(outcome.exit_code, 2) << words.front();
        EXPECT_THAT(outcome.errors, HasSubstr("not an answer of the admin API")) << words.front();
    }
}

// --- with one ---

class Ringctl : public ::testing::Test {
  protected:
    Json get(const std::string& target) const { return Json::parse(proxy_.get(target).body); }
    std::string state_of(const std::string& node) const {
        const Json pool = get("/pools/pool");
        for (const Json& each : pool.at("nodes")) {
            if (each.at("name") == node) {
                return each.at("state");
            }
        }
        return "absent";
    }

    std::vector<MemcachedNode> nodes_{3};
    Proxy proxy_{{.pools = pool_before(nodes_, free_port())}};
};

TEST_F(Ringctl, every_verb_that_reads_has_the_same_as_json_and_yaml) {
    for (const Words& words :
         {Words{"pools"}, Words{"pool", "pool"}, Words{"ring", "pool"},
          Words{"ring", "pool", "--summary"}, Words{"locate", "pool", "key"}, Words{"config"},
          Words{"history", "pool"}, Words{"status"}, Words{"health"}, Words{"check"},
          Words{"what-if", "pool", "--eject", "node-1"}}) {
        Words as_json = words;
        as_json.insert(as_json.end(), {"-o", "json"});
        Words as_yaml = words;
        as_yaml.insert(as_yaml.begin(), {"--output=yaml"});

        const Json json = Json::parse(proxy_.ringctl(as_json).output);
        const std::string yaml = proxy_.ringctl(as_yaml).output;

        EXPECT_FALSE(json.empty()) << words.front();
        EXPECT_THAT(yaml, Not(StartsWith("{"))) << words.front();
        EXPECT_EQ(yaml_as_json(yaml), json) << words.front();
    }
    for (const std::string verb : {"stats", "workers", "connections", "slow", "snapshot"}) {
        EXPECT_EQ(proxy_.ringctl({verb, "-o", "yaml"}).exit_code, 0) << verb;
        EXPECT_FALSE(Json::parse(proxy_.ringctl({verb, "--json"}).output).empty()) << verb;
    }
}

TEST_F(Ringctl, every_verb_that_changes_something_has_its_answer_as_json_and_yaml_too) {
    const std::vector<Words> verbs{{"eject", "pool", "node-1", "--dry-run"},
                                   {"eject", "pool", "node-1"},
                                   {"restore", "pool", "node-1"},
                                   {"drain", "pool", "node-1", "--dry-run"},
                                   {"drain", "pool", "node-1", "--wait"},
                                   {"restore", "pool", "node-1"},
                                   {"reconnect", "pool"},
                                   {"drain-clients", "--dry-run"},
                                   {"reload"},
                                   {"log-level", "info"},
                                   {"names"},
                                   {"names", "pool"}};
    for (const std::string format : {"json", "yaml"}) {
        for (Words words : verbs) {
            words.insert(words.end(), {"-o", format});
            const Outcome outcome = proxy_.ringctl(words);

            EXPECT_EQ(outcome.exit_code, 0) << words.front() << ": " << outcome.errors;
            const Json answer = format == "json" ? Json::parse(outcome.output, nullptr, false)
                                                 : yaml_as_json(outcome.output);
            EXPECT_TRUE(answer.is_structured() && !answer.empty())
                << words.front() << ": " << outcome.output;
            EXPECT_EQ(outcome.output.starts_with("{"), format == "json" && answer.is_object());
        }
    }
    const Outcome refused = proxy_.ringctl({"refresh", "pool", "-o", "json"});
    EXPECT_EQ(refused.exit_code, 1);  // a list in the configuration
    EXPECT_TRUE(Json::parse(refused.output).contains("detail")) << refused.output;
    EXPECT_EQ(Json::parse(proxy_.ringctl({"names", "-o", "json"}).output), Json::array({"pool"}));
    EXPECT_EQ(proxy_.ringctl({"log-level", "info"}).output, "lines are logged from info on\n");
}

TEST_F(Ringctl, usage_that_the_api_finds_wrong_is_told_apart_from_a_refusal) {
    for (const Words& words :
         {Words{"what-if", "pool"}, Words{"log-level", "bogus"},
          Words{"log-level", "bogus", "-o", "json"},
          Words{"eject", "pool", "node-1", "--for", "bogus"},
          Words{"drain", "pool", "node-1", "--for", "bogus"}, Words{"locate", "pool", "bad key"}}) {
        EXPECT_EQ(proxy_.ringctl(words).exit_code, 2) << words.front();
    }
    const std::string keys =
        fmt::format("printf 'bad key\\nkey\\n' | {} --admin 127.0.0.1:{} locate pool --stdin",
                    program("ringctl"), proxy_.admin_port());
    const Outcome several = run({"/bin/sh", "-c", keys});
    EXPECT_EQ(several.exit_code, 2);
    EXPECT_THAT(several.output, StartsWith("key\tnode-"));
    EXPECT_EQ(proxy_.ringctl({"eject", "nowhere", "node-1", "--for", "1m"}).exit_code, 1);
    EXPECT_EQ(state_of("node-1"), "in_ring");
}

TEST_F(Ringctl, output_that_cannot_be_written_is_an_error) {
    const auto onto_a_full_disk = [this](const std::string& words) {
        return run({"/bin/sh", "-c",
                    fmt::format("{} {} --admin 127.0.0.1:{} >/dev/full", program("ringctl"), words,
                                proxy_.admin_port())});
    };
    for (const char* const words :
         {"names", "pools", "status", "check", "ring pool --points", "ring pool -o json",
          "locate pool key", "locate pool --stdin </etc/passwd", "pools --watch=100ms --count 100",
          "top --watch=100ms", "eject pool node-1 --dry-run", "drain pool node-1 --dry-run", "help",
          "completion bash", "--help", "--version", "--print-docs"}) {
        const Outcome outcome = onto_a_full_disk(words);
        EXPECT_EQ(outcome.exit_code, 2) << words;
        EXPECT_THAT(outcome.errors, HasSubstr("the output could not be written")) << words;
    }
    EXPECT_EQ(run({"/bin/sh", "-c", program("ringctl") + " __complete '' >/dev/full"}).exit_code,
              2);
}

TEST_F(Ringctl, prints_what_the_api_has_answered) {
    EXPECT_EQ(Json::parse(proxy_.ringctl({"-o", "json", "ring", "pool"}).output),
              get("/pools/pool/ring"));
    EXPECT_EQ(Json::parse(proxy_.ringctl({"status", "-o", "json"}).output), get("/conditions"));
}

TEST_F(Ringctl, wide_tables_have_more_columns) {
    const Outcome narrow = proxy_.ringctl({"pool", "pool"});
    const Outcome wide = proxy_.ringctl({"pool", "pool", "-o", "wide"});

    EXPECT_THAT(narrow.output, Not(HasSubstr("MISSES")));
    EXPECT_THAT(wide.output, AllOf(HasSubstr("MISSES"), Not(HasSubstr("+"))));
    EXPECT_THAT(wide.output, Not(HasSubstr("\x1b")));  // no terminal, no colours
}

// script(1) gives it a terminal.
TEST_F(Ringctl, has_colours_on_a_terminal_alone_and_never_against_the_users_wish) {
    const std::string command =
        fmt::format("{} --admin 127.0.0.1:{} pools", program("ringctl"), proxy_.admin_port());
    const auto on_terminal = [&command](const Words& environment) {
        return run({"/usr/bin/script", "-qec", command, "/dev/null"}, environment).output;
    };

    EXPECT_THAT(on_terminal({"TERM=xterm", "NO_COLOR="}), HasSubstr("\x1b[32mok\x1b[0m"));
    EXPECT_THAT(on_terminal({"TERM=xterm", "NO_COLOR=1"}),
                AllOf(HasSubstr(" ok "), Not(HasSubstr("\x1b"))));
    EXPECT_THAT(on_terminal({"TERM=dumb", "NO_COLOR="}),
                AllOf(HasSubstr(" ok "), Not(HasSubstr("\x1b"))));
}

TEST_F(Ringctl, options_of_several_verbs_may_stand_anywhere) {
    for (const Words& words : {Words{"--dry-run", "restore", "pool", "node-1"},
                               Words{"restore", "--dry-run", "pool", "node-1"},
                               Words{"--dry-run", "eject", "pool", "node-1"},
                               Words{"eject", "pool", "node-1", "--dry-run"}}) {
        const Outcome outcome = proxy_.ringctl(words);
        EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
        EXPECT_THAT(outcome.output, HasSubstr("of the keys would live on another node"));
    }
    EXPECT_EQ(state_of("node-1"), "in_ring");
    proxy_.ringctl({"eject", "pool", "node-1", "--reason", "a kernel", "--author", "ada"});
    proxy_.process().wait_for_text("author=ada");
}

TEST_F(Ringctl, what_if_knows_ejecting_restoring_and_other_weights) {
    proxy_.ringctl({"eject", "pool", "node-2"});

    const Outcome back = proxy_.ringctl({"what-if", "pool", "--restore", "node-2"});
    const Json both = Json::parse(
        proxy_.ringctl({"what-if", "pool", "--eject", "node-0", "--restore", "node-2", "--json"})
            .output);

    EXPECT_THAT(back.output, HasSubstr("of the keys would live on another node"));
    EXPECT_EQ(both.at("before").at("nodes_in_ring"), 2);
    EXPECT_EQ(both.at("after").at("nodes_in_ring"), 2);
    EXPECT_EQ(both, get("/pools/pool/what-if?eject=node-0&restore=node-2"));
    EXPECT_THAT(back.output, HasSubstr("\nnodes in the ring  2 -> 3\n"));
    EXPECT_THAT(proxy_.ringctl({"eject", "pool", "node-0", "--dry-run"}).output,
                HasSubstr("\nnodes in the ring  2 -> 1\n"));
    EXPECT_EQ(
        Json::parse(proxy_.ringctl({"what-if", "pool", "--weight", "node-0:3", "--json"}).output),
        get("/pools/pool/what-if?weight=node-0:3"));
    EXPECT_THAT(  // where nobody is out
        proxy_.ringctl({"what-if", "pool", "--eject", "node-0", "--config", proxy_.config_path()})
            .output,
        HasSubstr("\nnodes in the ring  3 -> 2\n"));
    EXPECT_EQ(state_of("node-2"), "ejected_by_operator");
}

TEST_F(Ringctl, draws_the_ring_with_each_nodes_share) {
    proxy_.ringctl({"eject", "pool", "node-1"});

    const std::string picture = proxy_.ringctl({"ring", "pool"}).output;
    const std::string points = proxy_.ringctl({"ring", "pool", "--points"}).output;
    const std::string circle = picture.substr(0, picture.find("\n\n"));

    EXPECT_EQ(std::count(circle.begin(), circle.end(), '\n'), 24);
    EXPECT_GT(std::count(circle.begin(), circle.end(), 'A'), 100);
    EXPECT_EQ(std::count(circle.begin(), circle.end(), 'B'), 0);  // owns nothing
    EXPECT_GT(std::count(circle.begin(), circle.end(), 'C'), 100);
    EXPECT_THAT(picture, AllOf(HasSubstr("3 nodes"), HasSubstr("B  node-1    0.0%  "),
                               HasSubstr("ejected_by_operator")));
    EXPECT_EQ(std::count(points.begin(), points.end(), '\n'),
              static_cast<std::ptrdiff_t>(get("/pools/pool/ring").at("points").size()));
}

TEST_F(Ringctl, lists_names_for_scripts) {
    EXPECT_EQ(proxy_.ringctl({"names"}).output, "pool\n");
    EXPECT_EQ(proxy_.ringctl({"names", "pool"}).output, "node-0\nnode-1\nnode-2\n");
    EXPECT_EQ(proxy_.ringctl({"names", "pol"}).exit_code, 1);
}

// --- names that are not quite right ---

class RingctlNames : public ::testing::Test {
  protected:
    static std::string pools(const std::vector<MemcachedNode>& nodes) {
        PoolText pool{.name = "cache", .listen = fmt::format("127.0.0.1:{}", free_port())};
        const Words names{"blue-1", "blue-10", "green-7", "10.0.0.1:11211"};
        for (std::size_t i = 0; i < names.size(); ++i) {
            pool.servers.push_back(server_line(nodes[i].address(), 1, names[i]));
        }
        return to_yaml(pool);
    }
    std::vector<std::string> ejected() const {
        std::vector<std::string> names;
        const Json pool = Json::parse(proxy_.get("/pools/cache").body);
        for (const Json& node : pool.at("nodes")) {
            if (node.at("state") == "ejected_by_operator") {
                names.push_back(node.at("name"));
            }
        }
        return names;
    }

    std::vector<MemcachedNode> nodes_{4};
    Proxy proxy_{{.pools = pools(nodes_)}};
};

TEST_F(RingctlNames, the_beginning_of_one_name_is_enough) {
    const Outcome outcome = proxy_.ringctl({"eject", "cache", "gr"});

    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_EQ(outcome.errors, "ringctl: 'gr' is green-7\n");
    EXPECT_EQ(ejected(), Words{"green-7"});
    EXPECT_EQ(proxy_.ringctl({"restore", "cache", "g"}).exit_code, 0);
    EXPECT_EQ(ejected(), Words{});
    EXPECT_EQ(proxy_.ringctl({"reconnect", "cache", "10."}).exit_code, 0);
    EXPECT_THAT(proxy_.ringctl({"what-if", "cache", "--remove", "gr", "--weight", "10:2"}).output,
                HasSubstr("4 -> 3"));
}

TEST_F(RingctlNames, the_beginning_of_several_is_none_and_a_whole_name_is_itself) {
    const Outcome several = proxy_.ringctl({"eject", "cache", "blue"});

    EXPECT_EQ(several.exit_code, 2);
    EXPECT_EQ(several.errors, "ringctl: 'blue' may be blue-1 and blue-10; type more of it\n");
    EXPECT_EQ(ejected(), Words{});
    EXPECT_EQ(proxy_.ringctl({"eject", "cache", "blue-1"}).exit_code, 0);
    EXPECT_EQ(ejected(), Words{"blue-1"});
}

TEST_F(RingctlNames, a_misspelt_name_gets_a_hint) {
    const Outcome node = proxy_.ringctl({"eject", "cache", "geren-7"});
    EXPECT_EQ(node.exit_code, 1);
    EXPECT_THAT(node.errors, HasSubstr("did you mean 'green-7'?"));

    for (const Words& words :
         {Words{"pool", "cahce"}, Words{"ring", "cahce"}, Words{"locate", "cahce", "key"},
          Words{"top", "cahce"}, Words{"eject", "cahce", "green-7"}}) {
        const Outcome pool = proxy_.ringctl(words);
        EXPECT_EQ(pool.exit_code, 1) << words.front();
        EXPECT_THAT(pool.errors, AllOf(HasSubstr("there is no pool 'cahce'"),
                                       HasSubstr("did you mean 'cache'?")));
    }
    EXPECT_EQ(ejected(), Words{});
}

}  // namespace
}  // namespace ringside::testing
