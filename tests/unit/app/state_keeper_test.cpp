#include "app/state_keeper.h"

#include "app_harness.h"
#include "base/limits.h"
#include "discovery/saved_state_text.h"
#include "integration/support/temporary_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace ringside::app {
namespace {

using base::milliseconds;
using ringside::testing::TemporaryDirectory;
using ::testing::HasSubstr;

// A process with one pool, of a name that changes.
class AStateKeeper : public ::testing::Test {
  protected:
    discovery::SavedState state() const {
        return {{{.name = pool_, .protocol = "redis", .list = std::nullopt}}};
    }
    std::string text() const {
        std::ifstream file(directory_.file(kStateFileName), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    bool has_written() const {
        const auto read = discovery::parse_saved_state(text());
        return read && *read == state();
    }
    // Runs the loop until it holds.
    bool runs_until(const std::function<bool()>& condition) {
        return test::holds_soon([&] {
            io::EventLoop::Timer timer(loop_);
            timer.arm(base::Clock::now() + milliseconds(5), [this] { loop_.stop(); });
            loop_.run();
            return condition();
        });
    }

    const TemporaryDirectory directory_;
    std::string pool_ = "first";
    int taken_ = 0;
    io::EventLoop loop_;
    StateKeeper keeper_{loop_, [this](const base::Moment&) {
                            ++taken_;
                            return state();
                        }};
};

TEST_F(AStateKeeper, without_a_directory_nothing_is_kept) {
    keeper_.on_change();
    keeper_.finish();

    EXPECT_EQ(taken_, 0);
    EXPECT_EQ(keeper_.view().path, "");
}

TEST_F(AStateKeeper, a_change_is_written_at_once_and_further_ones_a_second_later_as_one) {
    keeper_.set_directory(directory_.path());
    ASSERT_TRUE(runs_until([this] { return has_written(); }));
    const base::TimePoint first = base::Clock::now();

    pool_ = "second";
    for (int i = 0; i < 100; ++i) {
        keeper_.on_change();
    }

    ASSERT_TRUE(runs_until([this] { return keeper_.view().writes == 2; }));
    EXPECT_TRUE(has_written());
    EXPECT_EQ(taken_, 2);
    EXPECT_GT(base::Clock::now() - first, milliseconds(500));
    EXPECT_EQ(keeper_.view().path, directory_.file(kStateFileName));
}

TEST_F(AStateKeeper, what_is_no_change_is_not_written) {
    keeper_.set_directory(directory_.path());
    ASSERT_TRUE(runs_until([this] { return has_written(); }));

    keeper_.on_change();

    ASSERT_TRUE(runs_until([this] { return taken_ == 2; }));
    EXPECT_EQ(keeper_.view().writes, 1U);
}

TEST_F(AStateKeeper, the_end_writes_what_there_is_then) {
    keeper_.set_directory(directory_.path());

    keeper_.finish();

    EXPECT_TRUE(has_written());
}

TEST_F(AStateKeeper, what_was_written_is_read_and_not_written_again) {
    keeper_.set_directory(directory_.path());
    keeper_.finish();
    int taken = 0;
    StateKeeper next(loop_, [this, &taken](const base::Moment&) {
        ++taken;
        return state();
    });

    const auto read = next.read(directory_.path());
    next.set_directory(directory_.path());
    next.on_change();

    ASSERT_TRUE(read);
    EXPECT_EQ(*read, state());
    ASSERT_TRUE(runs_until([&taken] { return taken == 1; }));
    EXPECT_EQ(next.view().writes, 0U);
    EXPECT_EQ(next.view().read, "0 lists of nodes and 0 ejections");
}

TEST_F(AStateKeeper, a_file_of_no_use_is_ignored_and_written_anew) {
    const std::string good = discovery::saved_state_text(state(), "1");
    std::string flipped = good;
    flipped[good.size() / 2] ^= 1;
    const std::string huge = good + std::string(base::kStateBytesMax, ' ');

    for (const std::string& bad : {std::string(), flipped, huge, std::string("[]")}) {
        directory_.write(kStateFileName, bad);
        StateKeeper next(loop_, [this](const base::Moment&) { return state(); });

        EXPECT_FALSE(next.read(directory_.path()));
        EXPECT_THAT(next.view().read, HasSubstr("ignored: " + directory_.file(kStateFileName)));
        next.set_directory(directory_.path());
        EXPECT_TRUE(runs_until([this] { return has_written(); }));
    }
}

TEST_F(AStateKeeper, a_directory_that_is_not_there_is_no_state_and_failures_that_are_shown) {
    EXPECT_FALSE(keeper_.read(directory_.file("none")));
    keeper_.set_directory(directory_.file("none"));

    ASSERT_TRUE(runs_until([this] { return keeper_.view().failures > 0; }));
    EXPECT_THAT(keeper_.view().last_failure, HasSubstr("No such file or directory"));
    EXPECT_EQ(keeper_.view().read, "there was none");
    keeper_.finish();
}

TEST_F(AStateKeeper, what_is_no_file_is_not_read) {
    std::filesystem::create_directory(directory_.file(kStateFileName));

    EXPECT_FALSE(keeper_.read(directory_.path()));

    EXPECT_THAT(keeper_.view().read, HasSubstr("it is no regular file"));
}

TEST_F(AStateKeeper, another_directory_gets_all_of_it) {
    keeper_.set_directory(directory_.file("none"));
    ASSERT_TRUE(runs_until([this] { return keeper_.view().failures > 0; }));

    keeper_.set_directory(directory_.path());

    EXPECT_TRUE(runs_until([this] { return has_written(); }));
}

}  // namespace
}  // namespace ringside::app
