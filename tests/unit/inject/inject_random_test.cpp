#include "inject/inject.h"
#include "inject/patch.h"
#include "inject/skip_reason.h"
#include "unit/inject/pods.h"
#include "unit/inject/random_pod.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>

namespace ringside::inject {
namespace {

// In parts, which run side by side.
constexpr unsigned kParts = 4;
constexpr unsigned kPods = 500;  // of a part

class RandomPods : public ::testing::TestWithParam<unsigned> {};

// Only adds, but for what was null.
void expect_gentle(Json pod, const Json& patch) {
    for (const Json& each : patch) {
        if (each["op"] != "add") {
            EXPECT_EQ(each["op"], "replace");
            EXPECT_TRUE(pod.at(Json::json_pointer(each["path"].get<std::string>())).is_null());
        }
        pod = *with_patch(pod, Json::array({each}));
    }
}

TEST_P(RandomPods, injected_once_or_twice_and_back_are_what_they_were) {
    std::map<std::string_view, unsigned> results;
    for (unsigned i = 0; i < kPods; ++i) {
        const unsigned seed = GetParam() * kPods + i;
        RandomPod random(seed);
        const Template injected = random.injected();
        const Json pod = random.pod();
        SCOPED_TRACE(seed);

        const Outcome outcome = inject(pod, injected, OptIn::by_namespace);

        ++results[outcome.skip ? skip_row(*outcome.skip).name : "injected"];
        ASSERT_NE(outcome.skip, SkipReason::patch_invalid) << pod.dump();
        if (outcome.skip) {
            EXPECT_EQ(outcome.pod, pod);
            continue;
        }
        expect_gentle(pod, outcome.patch);
        ASSERT_EQ(with_patch(pod, outcome.patch), outcome.pod);
        ASSERT_EQ(uninject(outcome.pod).pod.dump(), pod.dump());
        const Outcome again = inject(outcome.pod, injected, OptIn::by_namespace);
        ASSERT_EQ(again.skip, SkipReason::already_injected);
        ASSERT_EQ(again.pod, outcome.pod);
    }
    EXPECT_GT(results["injected"], kPods / 2);
    EXPECT_EQ(results["patch_invalid"], 0u);
    for (const std::string_view reason :
         {"disabled", "host_network", "name_taken", "port_taken", "annotation_invalid"}) {
        EXPECT_GT(results[reason], 0u) << reason;
    }
}

TEST_P(RandomPods, a_newer_template_leaves_no_trace_of_the_older_one) {
    for (unsigned i = 0; i < kPods / 4; ++i) {
        const unsigned seed = GetParam() * kPods + i;
        RandomPod random(seed);
        const Template older = random.injected();
        const Template newer = random.injected();
        const Json pod = random.pod();
        SCOPED_TRACE(seed);
        const Outcome before = inject(pod, older, OptIn::by_hand);
        const Outcome fresh = inject(pod, newer, OptIn::by_hand);
        if (before.skip || fresh.skip) {
            continue;
        }

        const Outcome update = inject(before.pod, newer, OptIn::by_hand);

        ASSERT_EQ(update.pod.dump(), fresh.pod.dump());
        ASSERT_EQ(with_patch(before.pod, update.patch), fresh.pod);
        ASSERT_EQ(uninject(update.pod).pod.dump(), pod.dump());
    }
}

INSTANTIATE_TEST_SUITE_P(Parts, RandomPods, ::testing::Range(0u, kParts));

}  // namespace
}  // namespace ringside::inject
