// ringctl and an admin API that asks for a token.
#include "integration/support/network.h"
#include "integration/support/pool_text.h"
#include "integration/support/process.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Words = std::vector<std::string>;

constexpr const char* kToken = "5e3f-the-secret";

class RingctlToken : public ::testing::Test {
  protected:
    Words command(Words words) const {
        words.insert(words.begin(), {program("ringctl"), "--admin",
                                     fmt::format("127.0.0.1:{}", proxy_.admin_port())});
        return words;
    }
    // With the token in the environment, or whatever that says.
    Outcome ringctl(Words words, const std::string& environment) const {
        return run(command(std::move(words)), {"RINGSIDE_TOKEN_FILE=" + environment});
    }

    const TemporaryDirectory directory_;
    const std::string file_ = directory_.write("token", fmt::format("{}\n", kToken));
    const std::string wrong_ = directory_.write("wrong", "another-secret\n");
    std::vector<MemcachedNode> nodes_{2};
    Proxy proxy_{{.pools = pool_before(nodes_, free_port()),
                  .settings = fmt::format("  workers: 1\n  admin_token_file: {}\n", file_)}};
};

// Each asks in a way of its own.
std::vector<Words> verbs_of_all_kinds(const std::string& config) {
    return {{"pools"},
            {"names"},
            {"check"},
            {"status", "-o", "json"},
            {"ring", "pool", "--summary"},
            {"locate", "pool", "key"},
            {"what-if", "pool", "--remove", "node-1"},
            {"compare", "--with", config},
            {"top", "--watch=100ms", "--count", "1"},
            {"eject", "pool", "node-0", "--dry-run"},
            {"drain", "pool", "node-0", "--dry-run"},
            {"drain-clients", "--dry-run"}};
}

TEST_F(RingctlToken, is_shown_by_every_verb_from_the_file_that_is_named) {
    for (Words words : verbs_of_all_kinds(proxy_.config_path())) {
        EXPECT_EQ(ringctl(words, file_).exit_code, 0) << words.front();
        words.insert(words.end(), {"--token-file", file_});
        const Outcome outcome = ringctl(words, wrong_);  // the option counts

        EXPECT_EQ(outcome.exit_code, 0) << words.front() << ": " << outcome.errors;
        EXPECT_THAT(outcome.output + outcome.errors, Not(HasSubstr(kToken)));
    }
    EXPECT_EQ(run({program("ringctl"), "__complete", "--admin",
                   fmt::format("127.0.0.1:{}", proxy_.admin_port()), "eject", "pool", ""},
                  {"RINGSIDE_TOKEN_FILE=" + file_})
                  .output,
              "node-0\t\nnode-1\t\n");
}

TEST_F(RingctlToken, is_missed_with_a_hint_that_says_how_to_show_it) {
    for (Words words : verbs_of_all_kinds(proxy_.config_path())) {
        const Outcome none = ringctl(words, "");
        words.insert(words.end(), {"--token-file", wrong_});
        const Outcome wrong = ringctl(words, "");

        EXPECT_EQ(none.exit_code, 1) << words.front();
        EXPECT_THAT(none.errors, AllOf(HasSubstr("asks for a token"), HasSubstr("--token-file"),
                                       HasSubstr("RINGSIDE_TOKEN_FILE")))
            << words.front();
        EXPECT_EQ(none.output, "") << words.front();
        EXPECT_EQ(wrong.exit_code, 1) << words.front();
        EXPECT_THAT(wrong.errors, AllOf(HasSubstr("does not take the token of " + wrong_),
                                        Not(HasSubstr("another-secret"))))
            << words.front();
    }
    // What is free stays free.
    EXPECT_EQ(ringctl({"status"}, "").exit_code, 0);
    EXPECT_EQ(ringctl({"health"}, "").exit_code, 0);
}

TEST_F(RingctlToken, is_shown_for_the_stream_of_events_too) {
    for (const std::string& file : {std::string(), wrong_}) {
        const Outcome refused = ringctl({"events"}, file);
        EXPECT_EQ(refused.exit_code, 1);
        EXPECT_THAT(refused.errors,
                    HasSubstr(file.empty() ? "asks for a token" : "does not take the token"));
    }

    Process events(command({"events", "--token-file", file_, "--count", "1"}));
    // It listens as soon as the proxy counts it; until then an event may be missed.
    proxy_.wait_until(
        [&] {
            EXPECT_EQ(ringctl({"reload"}, file_).exit_code, 0);
            return !events.running();
        },
        "an event");

    EXPECT_EQ(events.wait_for_exit(), 0) << events.errors();
    EXPECT_THAT(events.output(), HasSubstr("reload  configuration applied"));
}

TEST_F(RingctlToken, a_watch_goes_on_with_the_next_token_of_the_file) {
    Process watch(command({"pools", "--watch=100ms", "--count", "600", "--token-file", file_}));
    watch.wait_for_text("POOL  ");

    std::filesystem::rename(directory_.write("next", "next-secret\n"), file_);
    const std::size_t size = watch.output().size();

    watch.wait_until([&] { return watch.output().size() > size * 3; }, "more readings");
    EXPECT_EQ(watch.errors(), "");
}

TEST_F(RingctlToken, a_process_that_asks_for_one_is_found_by_its_number) {
    const Words by_number{program("ringctl"), "--pid", std::to_string(proxy_.process().pid()),
                          "names"};

    const Outcome without = run(by_number, {"RINGSIDE_TOKEN_FILE="});
    const Outcome with = run(by_number, {"RINGSIDE_TOKEN_FILE=" + file_});

    EXPECT_EQ(without.exit_code, 1);
    EXPECT_THAT(without.errors, HasSubstr("asks for a token"));
    EXPECT_EQ(with.output, "pool\n") << with.errors;
}

TEST_F(RingctlToken, a_file_that_holds_none_is_named_and_its_text_is_not) {
    const std::string words = directory_.write("words", "two words\n");

    const Outcome absent = ringctl({"pools"}, directory_.file("absent"));
    const Outcome several = ringctl({"pools"}, words);

    EXPECT_EQ(absent.exit_code, 2);
    EXPECT_THAT(absent.errors, HasSubstr(directory_.file("absent")));
    EXPECT_EQ(several.exit_code, 2);
    EXPECT_THAT(several.errors, AllOf(HasSubstr(words), Not(HasSubstr("two words"))));
    EXPECT_EQ(ringctl({"help"}, words).exit_code, 0);  // asks nobody
}

}  // namespace
}  // namespace ringside::testing
