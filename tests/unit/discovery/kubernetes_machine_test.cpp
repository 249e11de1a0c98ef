#include "discovery/kubernetes_machine.h"

#include "discovery/endpoint_slice.h"
#include "kubernetes_cluster.h"
#include "source_mishaps.h"
#include "source_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ringside::discovery {
namespace {

using base::milliseconds;
using base::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class KubernetesMachineTest : public testing::Test {
  protected:
    KubernetesMachineTest() { api.set("a", {0, 1}); }

    void start(config::KubernetesSource source = kubernetes()) {
        world = std::make_unique<SourceWorld>(std::move(source));
        api.serve(*world);
        world->start();
    }
    // Until a list was told and the watch has begun.
    void start_watch() {
        start();
        world->run_until_told(2);
        ASSERT_TRUE(world->is_streaming()) << world->last_failure();
    }
    // Lets the watch tell what it has, and nothing else.
    void stream() {
        while (world->is_streaming() && !world->parts.empty()) {
            world->step();
        }
    }
    std::vector<std::string> told() const {
        return world->lists.empty() ? std::vector<std::string>() : names_of(world->lists.back());
    }

    ApiServer api;
    std::unique_ptr<SourceWorld> world;
};

TEST_F(KubernetesMachineTest, lists_and_watches_from_there_on) {
    start_watch();
    api.set("b", {2});
    stream();

    EXPECT_THAT(
        world->asked,
        ElementsAre(AllOf(HasSubstr("10.0.0.200:6443 /apis/discovery.k8s.io/v1/namespaces/"
                                    "app/endpointslices?labelSelector=kubernetes.io%2F"
                                    "service-name%3Dcache&limit=10")),
                    AllOf(HasSubstr("&watch=1&allowWatchBookmarks=true&resourceVersion=101"),
                          HasSubstr("&timeoutSeconds="))));
    EXPECT_THAT(told(), ElementsAre("cache-0", "cache-1", "cache-2"));
    EXPECT_THAT(world->failures, IsEmpty());
}

TEST_F(KubernetesMachineTest, a_list_in_pages_is_told_when_it_is_whole) {
    for (int i = 2; i < 6; ++i) {
        api.set("s" + std::to_string(i), {i});
    }
    api.page_slices = 2;

    start();
    world->run_until_told();

    EXPECT_THAT(world->asked, SizeIs(4));  // three pages and the watch
    EXPECT_THAT(world->asked[2], HasSubstr("&continue=4"));
    EXPECT_THAT(told(), SizeIs(6));
}

TEST_F(KubernetesMachineTest, who_comes_is_told_at_once_and_who_leaves_a_moment_later) {
    start_watch();
    const std::size_t before = world->lists.size();

    api.set("a", {0, 1, 2});
    stream();
    EXPECT_EQ(world->lists.size(), before + 1);
    api.set("a", {0});
    stream();
    EXPECT_EQ(world->lists.size(), before + 1);
    EXPECT_EQ(world->wake_at, world->now + KubernetesMachine::kLeavingPause);
    world->step();

    EXPECT_THAT(told(), ElementsAre("cache-0"));
}

TEST_F(KubernetesMachineTest, an_endpoint_that_moves_to_another_slice_never_leaves) {
    start_watch();
    const std::size_t before = world->lists.size();

    api.set("a", {0});
    stream();
    api.set("b", {1});
    stream();

    EXPECT_EQ(world->lists.size(), before + 1);
    EXPECT_THAT(told(), ElementsAre("cache-0", "cache-1"));
    EXPECT_EQ(world->wake_at, base::kNever);
}

TEST_F(KubernetesMachineTest, a_watch_whose_time_is_over_is_opened_from_the_last_version) {
    start_watch();
    api.set("b", {2});
    api.bookmark();
    stream();
    world->now += seconds(300);

    world->answer(std::string());

    EXPECT_THAT(world->asked.back(), HasSubstr("resourceVersion=102"));
    EXPECT_THAT(world->failures, IsEmpty());
}

TEST_F(KubernetesMachineTest, a_watch_that_is_cut_is_opened_again_within_a_second) {
    start_watch();
    world->now += seconds(60);
    world->answer(SourceWorld::refused());
    EXPECT_LE(world->wake_at, world->now + seconds(1));
    api.set("b", {2});

    world->run_until_told();
    stream();

    EXPECT_THAT(told(), ElementsAre("cache-0", "cache-1", "cache-2"));
    EXPECT_THAT(world->failures, IsEmpty());
}

TEST_F(KubernetesMachineTest, a_watch_that_ends_at_once_each_time_is_a_failure_with_longer_pauses) {
    start_watch();
    std::vector<milliseconds> pauses;
    for (int i = 0; i < 40; ++i) {
        world->answer(std::string());
        pauses.push_back(std::chrono::duration_cast<milliseconds>(world->wake_at - world->now));
        world->step();  // it is time
        world->step();  // the watch begins
        ASSERT_TRUE(world->is_streaming());
    }

    EXPECT_LE(pauses[0], seconds(1));
    EXPECT_LE(pauses[1], seconds(2));
    EXPECT_GE(*std::max_element(pauses.begin(), pauses.end()), seconds(20));
    EXPECT_LE(*std::max_element(pauses.begin(), pauses.end()), seconds(30));
    EXPECT_EQ(world->last_failure(), "the watch has ended as soon as it had begun");
}

TEST_F(KubernetesMachineTest, a_version_that_is_too_old_is_listed_again) {
    start_watch();
    world->now += seconds(60);
    api.set("b", {2});
    api.forget();

    world->answer(std::string());  // its time is over
    world->run_until_told(2);

    EXPECT_THAT(world->log,
                ElementsAre(HasSubstr("kubernetes app/cache: what was known is too old")));
    EXPECT_THAT(told(), ElementsAre("cache-0", "cache-1", "cache-2"));
    EXPECT_THAT(world->failures, IsEmpty());
}

TEST_F(KubernetesMachineTest, a_server_that_always_forgets_is_asked_after_pauses) {
    start_watch();
    const std::size_t before = world->asked.size();
    for (int i = 0; i < 4; ++i) {
        world->answer_https(410, std::string("gone"));
        while (!world->is_streaming()) {
            world->step();
        }
    }

    EXPECT_GE(world->failures.size(), 3U);
    EXPECT_LE(world->asked.size() - before, 8U);
}

TEST_F(KubernetesMachineTest, what_cannot_be_read_is_a_failure_and_listed_again) {
    start_watch();

    world->send(PartCame{"{\"type\":\"ADDED\",\"object\":{}}\n"});
    EXPECT_EQ(world->last_failure(), "an EndpointSlice has no name");
    world->run_until_told(2);

    EXPECT_THAT(world->asked.end()[-2], HasSubstr("&limit="));
    EXPECT_TRUE(world->is_streaming());
}

TEST_F(KubernetesMachineTest, lines_may_come_in_pieces_but_not_too_slowly_and_not_too_long) {
    start_watch();
    api.set("b", {2});
    const std::string line = std::exchange(world->parts, {})[0];
    for (const char byte : line) {
        world->send(PartCame{std::string(1, byte)});
    }
    EXPECT_THAT(told(), SizeIs(3));

    world->send(PartCame{"{"});
    EXPECT_EQ(world->wake_at, world->now + seconds(5));
    world->step();
    EXPECT_EQ(world->last_failure(), "a line of the watch has no end after 5000 ms");
    world->run_until_told();
    world->send(PartCame{std::string(kSliceEventBytesMax + 1, ' ')});
    EXPECT_THAT(world->last_failure(), HasSubstr("is longer than 2097152 bytes"));
}

TEST_F(KubernetesMachineTest,
       a_service_without_endpoints_is_a_failure_that_says_so_and_the_watch_goes_on) {
    start_watch();

    api.set("a", {});
    stream();
    world->step();
    EXPECT_EQ(world->last_failure(), "service app/cache has no endpoint that serves, of 0");
    EXPECT_THAT(told(), SizeIs(2));
    api.set("a", {5});
    stream();
    world->step();

    EXPECT_THAT(told(), ElementsAre("cache-5"));
    EXPECT_THAT(world->asked, SizeIs(2));
}

struct Refusal {
    unsigned status;
    const char* problem;
};

TEST_F(KubernetesMachineTest, a_refusal_says_what_to_do) {
    start();
    for (const Refusal& refusal :
         {Refusal{401, "refuses with 401: no; the token is that of /token"},
          Refusal{403, "refuses with 403: no; let its service account get, list and watch"},
          Refusal{404, "refuses with 404: no; discovery.k8s.io/v1 is there since"},
          Refusal{500, "refuses with 500: no"}}) {
        world->answer_https(refusal.status, std::string("{\"message\":\"no\"}"));
        EXPECT_THAT(world->last_failure(), HasSubstr(refusal.problem));
        EXPECT_LE(world->wake_at, world->now + seconds(5));  // nothing works yet
        world->step();
    }
    world->run_until_told();

    EXPECT_THAT(told(), SizeIs(2));
}

TEST_F(KubernetesMachineTest, comes_again_when_the_server_says_but_not_a_day_later) {
    start();

    world->answer_https(429, std::string("{\"message\":\"busy\"}"), seconds(20));
    EXPECT_THAT(world->last_failure(), HasSubstr("refuses with 429: busy"));
    EXPECT_GT(world->wake_at, world->now + seconds(20)) << "with all who were told the same";
    EXPECT_LE(world->wake_at, world->now + seconds(25));

    world->step();
    world->answer_https(503, std::string("{\"message\":\"busy\"}"), seconds(86'400));
    EXPECT_GE(world->wake_at, world->now + seconds(60));
    EXPECT_LE(world->wake_at, world->now + seconds(65));
}

TEST_F(KubernetesMachineTest, without_the_right_to_watch_it_lists_again_and_again) {
    start();
    world->api = [this, serve = world->api](const HttpsQuestion& question) {
        if (question.stays) {
            return std::pair<unsigned, SourceWorld::Reply>(403, "{\"message\":\"no\"}");
        }
        return serve(question);
    };
    world->run_until_told();
    EXPECT_THAT(told(), ElementsAre("cache-0", "cache-1"));

    api.set("b", {2});
    world->run_until_told(2);
    EXPECT_THAT(told(), ElementsAre("cache-0", "cache-1", "cache-2"));
    for (int i = 0; i < 20; ++i) {
        world->run_until_told();
    }

    EXPECT_THAT(world->failures, IsEmpty()) << "its lists are as good as any";
    EXPECT_THAT(world->log, ElementsAre(HasSubstr("may be listed and not watched (403: no)")));
    EXPECT_GE(world->now - base::TimePoint(seconds(1000)), seconds(200)) << "and with pauses";

    api.serve(*world);  // somebody has added the verb
    world->run_until_told();
    EXPECT_TRUE(world->is_streaming());
}

TEST_F(KubernetesMachineTest, a_pool_that_was_emptied_is_asked_for_as_often_as_one_without_nodes) {
    start_watch();
    world->take_over();
    world->api = nullptr;
    world->refresh();
    world->run_until_told(12);
    const auto longest_of_20 = [this] {
        base::Duration longest{0};
        for (int i = 0; i < 20; ++i) {
            longest = std::max(longest, world->wake_at - world->now);
            world->run_until_told();
        }
        return longest;
    };
    ASSERT_GT(longest_of_20(), seconds(10));

    world->know({});
    EXPECT_LE(longest_of_20(), seconds(5));

    api.serve(*world);
    world->run_until_told();
    world->take_over();
    world->api = nullptr;
    world->refresh();
    world->run_until_told(12);
    EXPECT_GT(longest_of_20(), seconds(10));
}

TEST_F(KubernetesMachineTest, the_namespace_is_that_of_the_pod_unless_it_is_given) {
    config::KubernetesSource source = kubernetes();
    source.name_space.clear();
    start(source);
    world->run_until_told();
    EXPECT_THAT(world->last_failure(), HasSubstr("cannot be read; write \"namespace\""));

    world->files["/var/run/secrets/kubernetes.io/serviceaccount/namespace"] = "team\n";
    world->run_until_told();

    EXPECT_THAT(world->asked.end()[-2], HasSubstr("/namespaces/team/"));
    EXPECT_THAT(told(), SizeIs(2));
}

TEST_F(KubernetesMachineTest, outside_a_pod_the_api_server_has_to_be_named) {
    start(kubernetes(""));

    EXPECT_THAT(world->last_failure(), HasSubstr("no API server is known: write \"api_server\""));
}

TEST_F(KubernetesMachineTest, other_settings_are_in_force_at_once) {
    start_watch();
    config::KubernetesSource source = kubernetes();
    source.port = "7";

    world->change_settings(source);
    world->run_until_told();

    EXPECT_EQ(world->lists.back().members[0].address.port, 7);
}

TEST_F(KubernetesMachineTest, a_refresh_lists_anew) {
    start_watch();

    world->refresh();
    world->run_until_told();

    EXPECT_THAT(world->asked, SizeIs(4));
}

// --- whatever goes wrong ---

std::vector<Mishap> mishaps() {
    std::vector<Mishap> all = common_mishaps();
    for (const unsigned status : {401U, 410U}) {
        all.push_back({"refused by status", [status](SourceWorld& world) {
                           const bool applies = world.https && world.pending_name().empty();
                           if (applies) {
                               world.answer_https(status, std::string("{\"message\":\"no\"}"));
                           }
                           return applies;
                       }});
    }
    all.push_back(answered("nothing", std::string()));
    all.push_back(answered("no JSON", std::string("HTTP")));
    all.push_back(answered(
        "an empty list",
        std::string(R"({"kind":"EndpointSliceList","metadata":{"resourceVersion":"99"}})")));
    for (const char* part :
         {"garbage\n", "half", "\n", "{\"type\":\"ERROR\",\"object\":{\"code\":410}}\n",
          "{\"type\":\"ERROR\",\"object\":{\"code\":500}}\n",
          "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"1\"},"
          "\"endpoints\":null}}\n"}) {
        all.push_back({part, [part](SourceWorld& world) {
                           const bool applies = world.is_streaming();
                           if (applies) {
                               world.send(PartCame{part});
                           }
                           return applies;
                       }});
    }
    return all;
}

class WhateverGoesWrongWithKubernetes : public testing::TestWithParam<const char*> {
  protected:
    std::unique_ptr<SourceWorld> begin() {
        api_ = std::make_unique<ApiServer>();
        api_->set("a", {0, 1});
        api_->set("b", {2});
        api_->page_slices = 1;
        auto world = std::make_unique<SourceWorld>(kubernetes(GetParam()));
        world->questions_max = 32;  // pages, each of which may be the last before all begins anew
        world->ips = {{"api.example", {"10.0.0.200"}}};
        api_->serve(*world);
        world->start();
        return world;
    }
    void go_on(SourceWorld& world, int step) {
        world.take_over();
        if (step == 4) {
            api_->set("a", {0});
            api_->set("b", {1, 2});
        }
        if (step == 7) {
            api_->forget();
            api_->set("c", {3});
        }
    }
    // All is well: soon the list is the right one, for good.
    void expect_recovery(SourceWorld& world) {
        api_->set("a", {0});
        api_->set("b", {1});
        api_->set("c", {7});
        const std::vector<std::string> wanted{"cache-0", "cache-1", "cache-7"};
        const base::TimePoint begin = world.now;
        const auto is_well = [&] {
            return world.is_streaming() && world.parts.empty() && !world.lists.empty() &&
                   names_of(world.lists.back()) == wanted;
        };
        for (int steps = 0; !is_well(); ++steps) {
            ASSERT_LT(steps, 400) << world.last_failure();
            world.step();
        }
        EXPECT_LE(world.now - begin, seconds(400));
    }

    MishapScript script() {
        return {.steps = 10,
                .begin = [this] { return begin(); },
                .before_step = [this](SourceWorld& world, int step) { go_on(world, step); },
                .at_end = [this](SourceWorld& world) { expect_recovery(world); }};
    }

    std::unique_ptr<ApiServer> api_;
};

TEST_P(WhateverGoesWrongWithKubernetes, at_any_step_or_two_no_list_is_wrong_and_all_recovers) {
    script().run_with_each(mishaps());
}

TEST_P(WhateverGoesWrongWithKubernetes, at_many_steps_no_list_is_wrong_and_all_recovers) {
    MishapScript longer = script();
    longer.steps = 60;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(seed);
        longer.run_at_random(mishaps(), seed);
        ASSERT_FALSE(HasFailure());
    }
}

INSTANTIATE_TEST_SUITE_P(ApiServers, WhateverGoesWrongWithKubernetes,
                         testing::Values("10.0.0.200", "api.example"));

TEST_F(KubernetesMachineTest, shows_the_version_that_is_watched_from_and_when_it_tries_again) {
    start_watch();

    EXPECT_EQ(world->facts.way, "watched");
    EXPECT_NE(world->facts.version, "");
    EXPECT_EQ(world->facts.next_poll, std::nullopt);
    EXPECT_EQ(world->facts.last_poll, world->now);
    EXPECT_NE(world->facts.answered_by, "");

    world->answer_https(0, SourceWorld::refused());

    EXPECT_EQ(world->facts.way, "to be listed, and then watched");
    EXPECT_EQ(world->facts.next_poll, world->wake_at);
}

}  // namespace
}  // namespace ringside::discovery
