// Writes scripts for a controller's world: what happens next, drawn from the dice and from what is
// there. And makes one that fails as short as it gets.
#pragma once

#include "config/config.h"
#include "sim/controller/world.h"
#include "sim/dice.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ringside::sim {

using Script = std::vector<std::string>;

struct ControllerResult {
    std::string violation;  // empty: none
    Script script;          // all lines up to it
    std::uint64_t trace = 0;
    ControllerCounts counts;
};

// Writes and plays at once. The seed decides everything.
ControllerResult run_controller(std::uint64_t seed, int lines);

// Plays it once more, or any other.
ControllerResult replay(const Script& script);

// Leaves out what does not matter, as long as there is a violation.
Script shortened(Script script);

// For messages: what is violated, and the shortened script that shows it.
std::string report_of(std::uint64_t seed, const ControllerResult& result);

class ControllerPlan {
  public:
    explicit ControllerPlan(std::uint64_t seed) : dice_(seed) {}

    std::string next(ControllerWorld& world);

  private:
    struct Row {
        int weight;
        std::string (ControllerPlan::*write)(ControllerWorld& world);
    };

    void change_rules(config::SourceRules& rules);
    std::string load(ControllerWorld& world);
    std::string members(ControllerWorld& world);
    std::string source_fails(ControllerWorld& world);
    std::string nothing(ControllerWorld& world);
    std::string found(ControllerWorld& world);
    std::string lost(ControllerWorld& world);
    std::string fail(ControllerWorld& world);
    std::string late(ControllerWorld& world);
    std::string tell(ControllerWorld& world);
    std::string probe(ControllerWorld& world);
    std::string eject(ControllerWorld& world);
    std::string restore(ControllerWorld& world);
    std::string reconnect(ControllerWorld& world);
    std::string refresh(ControllerWorld& world);
    std::string adopt(ControllerWorld& world);
    std::string wait(ControllerWorld& world);
    std::string jump(ControllerWorld& world);
    std::string idle(ControllerWorld& world);

    config::PoolConfig new_pool(const std::string& name);
    void change(config::PoolConfig& pool);
    void change_source(config::PoolConfig& pool);
    routing::Member member(int number);
    std::vector<routing::Member> member_list();
    static std::vector<routing::Member> with_or_without(std::vector<routing::Member> list);
    std::string ip();
    std::string host();
    std::string pool_name();
    std::string node_name(ControllerWorld& world, const std::string& pool);
    std::string pool_and_node(ControllerWorld& world);

    Dice dice_;
    std::vector<config::PoolConfig> pools_;    // of the last load
    std::vector<config::PoolConfig> removed_;  // as they left
    int fresh_ = 100;                          // the next name that nobody had
    std::uint64_t version_ = 0;
};

}  // namespace ringside::sim
