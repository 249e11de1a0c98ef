#include "app/reloader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
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
        reloader_ = std::make_unique<Reloader>(file, kOnePool, std::move(*config),
                                               [this](const config::Config& next) -> base::Status {
                                                   if (!refusal_.empty()) {
                                                       return base::Error{base::Errc::io, refusal_};
                                                   }
                                                   applied_.push_back(next);
                                                   return base::Done{};
                                               });
    }
    ~ReloaderTest() override { std::filesystem::remove(path_); }

    void write(const std::string& text) const { std::ofstream(path_) << text; }

    const std::string path_ =
        testing::TempDir() + "ringside_reloader_test." + std::to_string(::getpid());
    std::string refusal_;
    std::vector<config::Config> applied_;
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

    const auto loaded = reloader_->reload("SIGHUP");

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

    const auto loaded = reloader_->reload("admin API");

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

    EXPECT_FALSE(reloader_->reload("SIGHUP"));

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

    EXPECT_FALSE(reloader_->reload("SIGHUP"));  // who asks is told
    EXPECT_THAT(reloader_->view().last.reason, HasSubstr("No such file"));
}

TEST_F(ReloaderTest, names_what_waits_for_a_restart_until_the_file_takes_it_back) {
    write(std::string(kOnePool) + "ringside: {probes: 127.0.0.1:3, workers: 2}\n");
    ASSERT_TRUE(reloader_->reload("SIGHUP"));
    // Not workers: the command line goes before the file.
    EXPECT_EQ(reloader_->view().waiting_for_restart, std::vector<std::string>{"ringside.probes"});

    write(kOnePool);
    ASSERT_TRUE(reloader_->reload("SIGHUP"));
    EXPECT_TRUE(reloader_->view().waiting_for_restart.empty());
}

}  // namespace
}  // namespace ringside::app
