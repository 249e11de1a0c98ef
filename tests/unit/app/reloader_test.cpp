#include "app/reloader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::app {
namespace {

using testing::HasSubstr;

constexpr const char* kOnePool = "a: {listen: 127.0.0.1:1, servers: [b:1:1]}\n";
constexpr const char* kTwoPools =
    "a: {listen: 127.0.0.1:1, servers: [b:1:1]}\nc: {listen: 127.0.0.1:2, servers: [b:1:1]}\n";

class ReloaderTest : public testing::Test {
  protected:
    ReloaderTest() {
        write(kOnePool);
        Options options;
        options.conf_file = path_;
        options.workers = 7;
        options.values = {{"workers", "7", "option --workers"}};
        const ConfigFile file(options);
        auto config = file.load();
        EXPECT_TRUE(config) << config.error().message;
        reloader_ = std::make_unique<Reloader>(file, kOnePool, std::move(*config), hooks());
    }
    ~ReloaderTest() override { std::filesystem::remove(path_); }

    void write(const std::string& text) const { std::ofstream(path_) << text; }
    // The outcome of a load that is over at once.
    base::Status load(std::string_view trigger) {
        base::Status outcome = base::Error{base::Errc::timed_out, "not told"};
        reloader_->reload(trigger, [&outcome](const base::Status& status) { outcome = status; });
        return outcome;
    }
    // A load whose outcome goes to `told_`.
    void ask(std::string_view trigger) {
        reloader_->reload(trigger, [this, trigger](const base::Status& status) {
            told_.push_back(std::string(trigger) + ": " +
                            (status ? "loaded" : status.error().message));
        });
    }
    // The names of the load that waits for them are found to be this.
    void answer(const FoundNames& names) { std::exchange(on_found_, nullptr)(names); }

    Reloader::Hooks hooks() {
        return {
            .find_names =
                [this](const config::Config& config,
                       std::function<void(const FoundNames&)> on_found) -> std::shared_ptr<void> {
                if (pool_names(config).empty()) {
                    return nullptr;
                }
                ++rounds_;
                on_found_ = std::move(on_found);
                auto question = std::make_shared<int>(0);
                question_ = question;
                return question;
            },
            .apply = [this](const config::Config& next, const FoundNames& names) -> base::Status {
                if (!refusal_.empty()) {
                    return base::Error{base::Errc::io, refusal_};
                }
                applied_.push_back(next);
                names_ = names;
                return base::Done{};
            }};
    }

    const std::string path_ =
        testing::TempDir() + "ringside_reloader_test." + std::to_string(::getpid());
    std::string refusal_;
    std::vector<config::Config> applied_;
    FoundNames names_;  // with the last of them
    int rounds_ = 0;    // of lookups
    std::function<void(const FoundNames&)> on_found_;
    std::weak_ptr<void> question_;
    std::vector<std::string> told_;
    std::unique_ptr<Reloader> reloader_;
};

TEST_F(ReloaderTest, begins_with_what_the_process_was_started_with) {
    const admin::ConfigView view = reloader_->view();

    EXPECT_EQ(view.file, path_);
    EXPECT_EQ(view.generation, 1U);
    EXPECT_EQ(view.last.trigger, "start");
    EXPECT_TRUE(view.last.applied);
    EXPECT_TRUE(applied_.empty());
}

TEST_F(ReloaderTest, applies_a_new_file_with_the_command_line_over_it) {
    write(kTwoPools);

    const auto loaded = load("SIGHUP");

    ASSERT_TRUE(loaded) << loaded.error().message;
    ASSERT_EQ(applied_.size(), 1U);
    EXPECT_EQ(applied_[0].pools.size(), 2U);
    EXPECT_EQ(applied_[0].process.workers, 7U);
    EXPECT_EQ(reloader_->running().pools.size(), 2U);
    EXPECT_EQ(reloader_->view().generation, 2U);
    EXPECT_EQ(reloader_->view().last.trigger, "SIGHUP");
    EXPECT_EQ(reloader_->view().last.reason, "1 pool added (c)");
}

TEST_F(ReloaderTest, keeps_the_old_configuration_if_the_file_is_wrong) {
    write("a: {listen: nonsense}\n");

    const auto loaded = load("admin API");

    ASSERT_FALSE(loaded);
    EXPECT_THAT(loaded.error().message, HasSubstr(path_ + ":1:13: a.listen: "));
    EXPECT_TRUE(applied_.empty());
    const admin::ConfigView view = reloader_->view();
    EXPECT_EQ(view.generation, 1U);
    EXPECT_EQ(view.refused, 1U);
    EXPECT_FALSE(view.last.applied);
    EXPECT_EQ(view.last.reason, loaded.error().message);
}

TEST_F(ReloaderTest, keeps_it_if_the_new_one_cannot_be_put_in_force) {
    refusal_ = "pool c: cannot listen on 127.0.0.1:2";
    write(kTwoPools);

    EXPECT_FALSE(load("SIGHUP"));

    EXPECT_EQ(reloader_->running().pools.size(), 1U);
    EXPECT_EQ(reloader_->view().last.reason, refusal_);
}

TEST_F(ReloaderTest, of_its_own_accord_tries_each_content_once) {
    reloader_->reload_if_changed("changed file");
    EXPECT_EQ(reloader_->view().last.trigger, "start");  // the same bytes

    write("half: {");
    reloader_->reload_if_changed("changed file");
    reloader_->reload_if_changed("changed file");
    EXPECT_EQ(reloader_->view().refused, 1U);

    write(kTwoPools);
    reloader_->reload_if_changed("changed file");
    EXPECT_EQ(applied_.size(), 1U);
}

TEST_F(ReloaderTest, waits_for_a_file_that_is_away) {
    std::filesystem::remove(path_);

    reloader_->reload_if_changed("changed file");
    EXPECT_EQ(reloader_->view().refused, 0U);

    EXPECT_FALSE(load("SIGHUP"));  // who asks is told
    EXPECT_THAT(reloader_->view().last.reason, HasSubstr("No such file"));
}

TEST_F(ReloaderTest, names_what_waits_for_a_restart_until_the_file_takes_it_back) {
    write(std::string(kOnePool) + "ringside: {probes: 127.0.0.1:3, workers: 2}\n");
    ASSERT_TRUE(load("SIGHUP"));
    // Not workers: the command line goes before the file.
    EXPECT_EQ(reloader_->view().waiting_for_restart, std::vector<std::string>{"ringside.probes"});

    write(kOnePool);
    ASSERT_TRUE(load("SIGHUP"));
    EXPECT_TRUE(reloader_->view().waiting_for_restart.empty());
}

constexpr const char* kNamed = "a: {listen: 'a.test:1', servers: [b:1:1]}\n";

TEST_F(ReloaderTest, waits_for_names_and_has_changed_nothing_meanwhile) {
    write(kNamed);

    ask("SIGHUP");
    EXPECT_EQ(reloader_->view().last.trigger, "start");
    EXPECT_TRUE(applied_.empty());
    EXPECT_TRUE(told_.empty());
    const FoundNames names{{"a.test", io::FoundAddresses{{"10.0.0.1"}, base::seconds(1)}}};
    answer(names);

    EXPECT_EQ(told_, std::vector<std::string>{"SIGHUP: loaded"});
    EXPECT_EQ(applied_.size(), 1U);
    EXPECT_EQ(names_, names);
    EXPECT_EQ(reloader_->view().last.trigger, "SIGHUP");
    EXPECT_TRUE(question_.expired());
}

TEST_F(ReloaderTest, what_is_asked_for_meanwhile_is_one_load_more_of_what_the_file_is_then) {
    write(kNamed);
    ask("first");

    write(kTwoPools);
    ask("second");
    ask("third");
    reloader_->reload_if_changed("changed file");
    EXPECT_EQ(rounds_, 1);
    answer({});

    EXPECT_EQ(told_,
              (std::vector<std::string>{"first: loaded", "second: loaded", "third: loaded"}));
    ASSERT_EQ(applied_.size(), 2U);
    EXPECT_EQ(applied_[1].pools.size(), 2U);
    EXPECT_EQ(reloader_->view().generation, 3U);
    EXPECT_EQ(reloader_->view().last.trigger, "second");
}

TEST_F(ReloaderTest, an_unchanged_file_asks_for_nothing_while_it_is_loaded) {
    write(kNamed);
    ask("SIGHUP");

    reloader_->reload_if_changed("changed file");
    answer({});

    EXPECT_EQ(applied_.size(), 1U);
}

TEST_F(ReloaderTest, refuses_what_waits_and_what_follows_once_the_process_ends) {
    write(kNamed);
    ask("first");
    ask("second");

    reloader_->end();
    ask("third");

    const std::string refused = ": the process is about to end";
    EXPECT_EQ(told_,
              (std::vector<std::string>{"first" + refused, "second" + refused, "third" + refused}));
    EXPECT_TRUE(question_.expired());
    EXPECT_TRUE(applied_.empty());
    EXPECT_EQ(rounds_, 1);
}

TEST_F(ReloaderTest, tells_nobody_who_still_waits_when_it_is_gone) {
    write(kNamed);
    ask("SIGHUP");

    reloader_.reset();

    EXPECT_TRUE(told_.empty());
    EXPECT_TRUE(question_.expired());
}

}  // namespace
}  // namespace ringside::app
