// What can go wrong around the machine of a source, and its script run again with each of it at
// each step.
#pragma once

#include "source_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace ringside::discovery {

// Something that goes wrong, or comes between, in place of the next step or right before it. False
// if it cannot happen here.
struct Mishap {
    const char* what;
    std::function<bool(SourceWorld&)> happen;
};

// The question under way is answered like this.
inline Mishap answered(const char* what, SourceWorld::Reply reply) {
    return {what, [reply = std::move(reply)](SourceWorld& world) {
                const bool applies = world.is_asking() && world.pending_name().empty();
                if (applies) {
                    world.answer(reply);
                }
                return applies;
            }};
}

// The records that are asked for are all answered like this.
inline Mishap records_answered(const char* what, io::RecordResult result) {
    return {what, [result = std::move(result)](SourceWorld& world) {
                const bool applies =
                    world.record_question && !world.record_question->wishes.empty();
                if (applies) {
                    world.answer_records({world.record_question->wishes.size(), result});
                }
                return applies;
            }};
}

// What can befall a source of any kind.
inline std::vector<Mishap> common_mishaps() {
    return {
        answered("refused", SourceWorld::refused()),
        answered("timed out", SourceWorld::timed_out()),
        {"name lost",
         [](SourceWorld& world) {
             const std::string host = world.pending_name();
             if (!host.empty()) {
                 world.lose(host);
             }
             return !host.empty();
         }},
        {"a known name fails",
         [](SourceWorld& world) {
             const bool applies = !world.hosts.empty() && world.pending_name().empty();
             if (applies) {
                 world.lose(*world.hosts.begin());
             }
             return applies;
         }},
        {"refresh",
         [](SourceWorld& world) {
             world.refresh();
             return true;
         }},
        {"same settings again",
         [](SourceWorld& world) {
             world.change_settings(world.settings);
             return true;
         }},
        {"restart",
         [](SourceWorld& world) {
             world.restart();
             return true;
         }},
        {"members known",
         [](SourceWorld& world) {
             if (!world.lists.empty()) {
                 world.know(world.lists.back());
             }
             return !world.lists.empty();
         }},
        {"no members known",
         [](SourceWorld& world) {
             world.know({});
             return true;
         }},
    };
}

// Runs a script of `steps` once for each mishap at each of its steps, and for each pair of mishaps
// at two steps that are close, so that the second befalls what the first has led to. `begin` makes
// a world and starts it; `before_step` may change it as the script goes on; `at_end` is called when
// all is well again.
struct MishapScript {
    static constexpr int kClose = 2;
    // Where everything takes ten times as long, of the pairs only each fourth: sanitizers look for
    // other mistakes than wrong decisions, and find them all the same.
#ifdef RINGSIDE_SANITIZED
    static constexpr std::size_t kShare = 4;
#else
    static constexpr std::size_t kShare = 1;
#endif

    int steps;
    std::function<std::unique_ptr<SourceWorld>()> begin;
    std::function<void(SourceWorld&, int step)> before_step;
    std::function<void(SourceWorld&)> at_end;

    // False if one of the mishaps could not happen at its step.
    bool run(const std::map<int, const Mishap*>& mishaps) const {
        const std::unique_ptr<SourceWorld> made = begin();
        SourceWorld& world = *made;
        bool all_happened = true;
        for (int step = 0; step < steps; ++step) {
            before_step(world, step);
            const auto mishap = mishaps.find(step);
            const bool happened = mishap != mishaps.end() && mishap->second->happen(world);
            all_happened = all_happened && happened == (mishap != mishaps.end());
            if (!happened) {
                world.step();
            }
        }
        at_end(world);
        return all_happened;
    }

    void run_with_each(const std::vector<Mishap>& mishaps) const {
        run({});
        std::size_t pairs = 0;
        for (int first = 0; first < steps; ++first) {
            for (const Mishap& a : mishaps) {
                SCOPED_TRACE(testing::Message() << a.what << " at step " << first);
                const bool happened = run({{first, &a}});
                ASSERT_FALSE(testing::Test::HasFailure());
                if (!happened) {
                    continue;  // each pair would be the second alone
                }
                const int end = std::min(steps, first + 1 + kClose);
                for (int second = first + 1; second < end; ++second) {
                    for (const Mishap& b : mishaps) {
                        if (++pairs % kShare != 0) {
                            continue;
                        }
                        SCOPED_TRACE(testing::Message() << b.what << " at step " << second);
                        run({{first, &a}, {second, &b}});
                        ASSERT_FALSE(testing::Test::HasFailure());
                    }
                }
            }
        }
    }

    // With mishaps at a third of the steps, by the seed.
    void run_at_random(const std::vector<Mishap>& mishaps, std::uint64_t seed) const {
        std::mt19937_64 random(seed);
        std::map<int, const Mishap*> chosen;
        for (int step = 0; step < steps; ++step) {
            if (random() % 3 == 0) {
                chosen[step] = &mishaps[random() % mishaps.size()];
            }
        }
        run(chosen);
    }
};

}  // namespace ringside::discovery
