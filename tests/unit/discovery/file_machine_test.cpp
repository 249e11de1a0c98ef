#include "discovery/file_machine.h"

#include "source_mishaps.h"
#include "source_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kPath = "/etc/nodes.yml";
constexpr const char* kOne = "- 10.0.0.1:11211:1 a\n";
constexpr const char* kTwo = "- 10.0.0.1:11211:1 a\n- 10.0.0.2:11211:1 b\n";

std::vector<std::string> names_of(const routing::Membership& membership) {
    std::vector<std::string> names;
    for (const routing::Member& member : membership.members) {
        names.push_back(member.name);
    }
    return names;
}

class FileMachineTest : public testing::Test {
  protected:
    FileMachineTest() { world.files[kPath] = kOne; }

    SourceWorld world{config::FileSource{kPath}};
};

TEST_F(FileMachineTest, tells_the_list_and_each_change_of_it) {
    world.start();
    world.run_until_told();
    world.files[kPath] = kTwo;
    world.run_until_told();

    EXPECT_THAT(world.asked, ElementsAre("file /etc/nodes.yml"));
    ASSERT_EQ(world.lists.size(), 2U);
    EXPECT_THAT(names_of(world.lists[0]), ElementsAre("a"));
    EXPECT_THAT(names_of(world.lists[1]), ElementsAre("a", "b"));
}

TEST_F(FileMachineTest, what_cannot_be_used_is_a_failure_and_never_a_list) {
    world.start();
    world.run_until_told();

    for (const char* text : {"", "- 10.0.0.1:112", "[]", "- 0.0.0.0:11211:1 z\n"}) {
        world.files[kPath] = text;
        world.run_until_told();
        EXPECT_THAT(world.last_failure(), HasSubstr("/etc/nodes.yml:")) << text;
    }
    world.files.erase(kPath);
    world.run_until_told();

    EXPECT_EQ(world.last_failure(), "/etc/nodes.yml: cannot be read");
    EXPECT_EQ(world.lists.size(), 1U);
    ASSERT_EQ(world.failures.size(), 5U);
    for (std::size_t i = 0; i < world.failures.size(); ++i) {
        EXPECT_EQ(world.failures[i].code == base::Errc::not_found, i == 2)
            << "only the empty list says that there are no nodes: " << world.failures[i].message;
    }
}

TEST_F(FileMachineTest, a_refresh_reads_it_anew) {
    world.start();
    world.run_until_told();

    world.refresh();
    world.run_until_told();

    EXPECT_EQ(world.lists.size(), 2U);
    EXPECT_EQ(world.asked.size(), 2U);
}

TEST(FileMachine, whatever_goes_wrong_no_list_is_wrong_and_all_recovers) {
    std::vector<Mishap> mishaps = common_mishaps();
    mishaps.push_back(answered("empty", std::string()));
    mishaps.push_back(answered("cut", std::string("- 10.0.0.1:112")));
    mishaps.push_back({"gone", [](SourceWorld& world) { return world.files.erase(kPath) > 0; }});
    const MishapScript script{
        .steps = 8,
        .begin =
            [] {
                auto world = std::make_unique<SourceWorld>(config::FileSource{kPath});
                world->files[kPath] = kOne;
                world->start();
                return world;
            },
        .before_step =
            [](SourceWorld& world, int step) {
                world.take_over();
                if (step == 3) {
                    world.files[kPath] = kTwo;
                }
            },
        .at_end =
            [](SourceWorld& world) {
                world.files[kPath] = kTwo;
                world.refresh();
                world.run_until_told();
                ASSERT_FALSE(world.lists.empty());
                EXPECT_THAT(names_of(world.lists.back()), ElementsAre("a", "b"));
            }};

    script.run_with_each(mishaps);
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        SCOPED_TRACE(seed);
        script.run_at_random(mishaps, seed);
    }
}

TEST_F(FileMachineTest, shows_when_the_file_was_read) {
    world.start();
    world.run_until_told();

    EXPECT_EQ(world.facts.last_poll, world.now);
    EXPECT_EQ(world.facts.next_poll, std::nullopt);
    EXPECT_EQ(world.facts.way, "read whenever it changes");
}

}  // namespace
}  // namespace ringside::discovery
