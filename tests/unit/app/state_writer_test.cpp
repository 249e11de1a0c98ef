#include "app/state_writer.h"

#include "app_harness.h"
#include "discovery/saved_state_text.h"
#include "integration/support/temporary_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace ringside::app {
namespace {

using ringside::testing::TemporaryDirectory;
using ::testing::HasSubstr;

discovery::SavedState state_of(const std::string& pool) {
    return {{{.name = pool, .protocol = "redis", .list = std::nullopt}}};
}

discovery::SavedState read(const TemporaryDirectory& directory) {
    std::ifstream file(directory.file(kStateFileName), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto state = discovery::parse_saved_state(text);
    return state ? *state : discovery::SavedState{};
}

TEST(StateWriter, what_was_pushed_last_is_in_the_file_after_a_flush) {
    const TemporaryDirectory directory;
    StateWriter writer;

    for (const char* const pool : {"a", "b", "c"}) {
        writer.push(directory.path(), state_of(pool));
    }
    ASSERT_TRUE(writer.flush(test::kPatience));

    EXPECT_EQ(read(directory), state_of("c"));
    EXPECT_GE(writer.facts().writes, 1U);
    EXPECT_EQ(writer.facts().failures, 0U);
    EXPECT_TRUE(writer.facts().written_at);
    EXPECT_TRUE(writer.flush(base::milliseconds(0))) << "nothing waits";
}

TEST(StateWriter, what_could_not_be_written_is_counted_and_tried_again) {
    const TemporaryDirectory directory;
    StateWriter writer(base::milliseconds(5));

    writer.push(directory.file("later"), state_of("a"));
    EXPECT_FALSE(writer.flush(test::kPatience));
    EXPECT_THAT(writer.facts().last_failure, HasSubstr("/later/ringside.state: cannot be written"));
    std::filesystem::create_directory(directory.file("later"));

    EXPECT_TRUE(test::holds_soon([&writer] { return writer.facts().writes == 1; }));
    EXPECT_GE(writer.facts().failures, 1U);
    EXPECT_EQ(writer.facts().last_failure, "");
}

TEST(StateWriter, a_newer_one_takes_the_place_of_one_that_could_not_be_written) {
    const TemporaryDirectory directory;
    StateWriter writer;
    writer.push(directory.file("none"), state_of("a"));
    EXPECT_FALSE(writer.flush(test::kPatience));

    writer.push(directory.path(), state_of("b"));

    EXPECT_TRUE(writer.flush(test::kPatience));
    EXPECT_EQ(read(directory), state_of("b"));
}

TEST(StateWriter, what_is_dropped_is_not_tried_again) {
    const TemporaryDirectory directory;
    StateWriter writer;
    writer.push(directory.file("none"), state_of("a"));
    EXPECT_FALSE(writer.flush(test::kPatience));

    writer.drop();

    EXPECT_TRUE(writer.flush(test::kPatience)) << "nothing waits";
    EXPECT_EQ(writer.facts().writes, 0U);
}

TEST(StateWriter, a_state_that_is_too_large_is_a_failure) {
    const TemporaryDirectory directory;
    StateWriter writer;

    writer.push(directory.path(), state_of(std::string(9'000'000, 'x')));

    EXPECT_FALSE(writer.flush(test::kPatience));
    EXPECT_THAT(writer.facts().last_failure, HasSubstr("bytes, more than 8388608"));
    EXPECT_FALSE(std::filesystem::exists(directory.file(kStateFileName)));
}

}  // namespace
}  // namespace ringside::app
