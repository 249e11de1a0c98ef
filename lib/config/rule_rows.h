// The keys of a pool that say what of its sources is believed (config/source_rules.h): a part of
// the table in config/schema.cpp, which alone includes it.
#pragma once

#include "base/limits.h"
#include "config/schema.h"
#include "config/value.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ringside::config {

inline constexpr std::uint64_t kHoldMaxMs = 30ULL * 24 * 3'600'000;

inline base::Status take_hold(const Key& key, std::string_view text,
                              std::optional<base::milliseconds>& hold) {
    if (text == key.choices) {
        hold.reset();
        return base::Done{};
    }
    base::milliseconds span{0};
    base::Status status = take_duration(key, text, span);
    if (status) {
        hold = span;
    }
    return status;
}

inline constexpr std::array kRuleRows{
    Row<PoolConfig>{{.name = "nodes_min",
                     .type = Type::number,
                     .default_text = "1",
                     .min = 1,
                     .max = base::kPoolNodesMax,
                     .unit = "nodes",
                     .doc = "A list of fewer nodes is not believed, and the last one stays. This "
                            "and the next keys are for pools with `discovery`."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_number(key, text, pool.rules.change.nodes_min);
                    }},
    Row<PoolConfig>{{.name = "change_max",
                     .type = Type::number,
                     .default_text = "50",
                     .max = 100,
                     .unit = "percent",
                     .doc = "A list that leaves out more than this share of the nodes that are "
                            "there is believed when `change_answers` answers agree on it; the "
                            "source is asked again after 1 to 2 seconds until they do. A list that "
                            "only adds is believed at once."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_number(key, text, pool.rules.change.leave_percent_max);
                    }},
    Row<PoolConfig>{{.name = "change_answers",
                     .type = Type::number,
                     .default_text = "3",
                     .min = 1,
                     .max = 100,
                     .unit = "answers",
                     .doc = "See `change_max`. 1: the first is believed."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_number(key, text, pool.rules.change.answers);
                    }},
    Row<PoolConfig>{{.name = "hold",
                     .type = Type::duration,
                     .default_text = "forever",
                     .min = 1'000,
                     .max = kHoldMaxMs,
                     .choices = "forever",
                     .doc = "How long the last list stays when the source says that there are no "
                            "nodes (NXDOMAIN, no endpoint, an empty list). Then the source is "
                            "asked again, and if it says so again the pool has no nodes. That the "
                            "source fails begins and ends nothing."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_hold(key, text, pool.rules.hold);
                    }},
    Row<PoolConfig>{{.name = "returns_max",
                     .type = Type::number,
                     .default_text = "3",
                     .max = 1'000,
                     .unit = "times",
                     .doc = "A node that has left the list and come back more often than this "
                            "within 10 minutes stays out of the ring until it has been listed for "
                            "5 minutes without a break. 0: no limit."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_number(key, text, pool.rules.returns_max);
                    }},
    Row<PoolConfig>{{.name = "wait_for_discovery",
                     .type = Type::boolean,
                     .default_text = "false",
                     .doc = "Listen when the pool has its first nodes, and their names are looked "
                            "up: until then connections are refused, however long that takes, and "
                            "the process is not ready. The address is bound from the start, so "
                            "that one in use is an error then. Once it listens the pool goes on, "
                            "whatever its source says. Else it listens from the start, and "
                            "requests are answered with an error while there are no nodes."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_bool(key, text, pool.wait_for_discovery);
                    }},
    Row<PoolConfig>{{.name = "allow",
                     .type = Type::ranges,
                     .min = 1,
                     .max = 4096,
                     .doc = "Where discovered nodes may be. A list of nodes with one outside is "
                            "refused as a whole, and of the addresses of a host name those "
                            "outside are left out. Without it everywhere but where no node can "
                            "be (0.0.0.0, 169.254.0.0/16, fe80::/10, multicast) and, with or "
                            "without it, where this process itself listens for clients."},
                    [](PoolConfig& pool, const Key& key, std::string_view text) {
                        return take_ranges(key, text, pool.allow);
                    }},
};

}  // namespace ringside::config
