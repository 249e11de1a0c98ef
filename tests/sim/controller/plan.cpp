#include "sim/controller/plan.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

namespace ringside::sim {
namespace {

// The shorter one first, as the configuration orders them.
constexpr std::array kPoolNames{"beta", "alpha", "delta", "gamma"};
constexpr int kUsualNames = 8;
constexpr std::size_t kMembersMax = 6;

bool is_violated(const Script& script) {
    return !replay(script).violation.empty();
}

}  // namespace

// --- playing ---

ControllerResult run_controller(std::uint64_t seed, int lines) {
    ControllerPlan plan(seed);
    ControllerWorld world;
    ControllerResult result;
    for (int i = 0; i < lines && result.violation.empty(); ++i) {
        result.script.push_back(plan.next(world));
        result.violation = world.play(result.script.back());
    }
    if (result.violation.empty()) {
        result.violation = world.finish();
    }
    result.trace = world.trace();
    result.counts = world.counts();
    return result;
}

ControllerResult replay(const Script& script) {
    ControllerWorld world;
    ControllerResult result;
    for (const std::string& line : script) {
        result.script.push_back(line);
        result.violation = world.play(line);
        if (!result.violation.empty()) {
            break;
        }
    }
    if (result.violation.empty()) {
        result.violation = world.finish();
    }
    result.trace = world.trace();
    result.counts = world.counts();
    return result;
}

Script shortened(Script script) {
    for (std::size_t piece = std::max<std::size_t>(script.size() / 2, 1); piece > 0; piece /= 2) {
        for (std::size_t begin = 0; begin < script.size();) {
            Script less = script;
            const std::size_t end = std::min(begin + piece, script.size());
            less.erase(less.begin() + static_cast<std::ptrdiff_t>(begin),
                       less.begin() + static_cast<std::ptrdiff_t>(end));
            if (is_violated(less)) {
                script = std::move(less);
            } else {
                begin += piece;
            }
        }
    }
    return script;
}

std::string report_of(std::uint64_t seed, const ControllerResult& result) {
    std::string text = fmt::format("seed {}: {}\n", seed, result.violation);
    const ControllerResult less = replay(shortened(result.script));
    text += fmt::format("as short as it gets: {}\n", less.violation);
    for (const std::string& line : less.script) {
        text += line + "\n";
    }
    return text;
}

// --- writing ---

std::string ControllerPlan::next(ControllerWorld& world) {
    if (pools_.empty()) {
        return load(world);
    }
    static constexpr std::array kRows{
        Row{4, &ControllerPlan::load},         Row{14, &ControllerPlan::members},
        Row{2, &ControllerPlan::source_fails}, Row{7, &ControllerPlan::found},
        Row{4, &ControllerPlan::lost},         Row{14, &ControllerPlan::fail},
        Row{2, &ControllerPlan::late},         Row{6, &ControllerPlan::tell},
        Row{14, &ControllerPlan::probe},       Row{7, &ControllerPlan::eject},
        Row{5, &ControllerPlan::restore},      Row{2, &ControllerPlan::reconnect},
        Row{1, &ControllerPlan::refresh},      Row{14, &ControllerPlan::adopt},
        Row{24, &ControllerPlan::wait},        Row{4, &ControllerPlan::jump},
        Row{3, &ControllerPlan::idle},         Row{5, &ControllerPlan::nothing},
    };
    int sum = 0;
    for (const Row& row : kRows) {
        sum += row.weight;
    }
    int place = static_cast<int>(dice_.pick(static_cast<std::size_t>(sum)));
    const Row* row = kRows.data();
    while (place >= row->weight) {
        place -= row->weight;
        ++row;
    }
    return (this->*row->write)(world);
}

// --- the configuration ---

std::string ControllerPlan::load(ControllerWorld&) {
    if (pools_.empty()) {
        for (const char* const name : kPoolNames) {
            pools_.push_back(new_pool(name));
        }
    }
    const std::size_t index = dice_.pick(pools_.size());
    switch (dice_.pick(8)) {
        case 0:
        case 1:
            if (pools_.size() > 1) {
                removed_.push_back(pools_[index]);
                pools_.erase(pools_.begin() + static_cast<std::ptrdiff_t>(index));
            }
            break;
        case 2:
        case 3:
            pools_.insert(pools_.end(), removed_.begin(), removed_.end());
            removed_.clear();
            break;
        case 4:  // a pool of that name, and another protocol: another pool
            pools_[index].policy.protocol =
                pools_[index].policy.protocol == routing::ProtocolKind::redis
                    ? routing::ProtocolKind::memcached
                    : routing::ProtocolKind::redis;
            break;
        default:
            for (config::PoolConfig& pool : pools_) {
                change(pool);
            }
    }
    std::sort(pools_.begin(), pools_.end(),
              [](const auto& a, const auto& b) { return routing::ring_name_less(a.name, b.name); });
    std::string line = "load";
    for (const config::PoolConfig& pool : pools_) {
        line += (line == "load" ? " " : " ; ") + to_text(pool);
    }
    return line;
}

config::PoolConfig ControllerPlan::new_pool(const std::string& name) {
    config::PoolConfig pool;
    pool.name = name;
    pool.policy.protocol =
        dice_.chance(50) ? routing::ProtocolKind::redis : routing::ProtocolKind::memcached;
    pool.policy.distribution =
        dice_.chance(70) ? routing::Distribution::modula : routing::Distribution::ketama;
    pool.policy.auto_eject = dice_.chance(80);
    pool.policy.retry_timeout = base::milliseconds(1'000);
    change_rules(pool.rules);
    if (dice_.chance(70)) {
        pool.source = config::ElastiCacheSource{.endpoint = {"cfg-" + name, 11'211}};
    } else {
        change_source(pool);
    }
    return pool;
}

void ControllerPlan::change(config::PoolConfig& pool) {
    constexpr std::array<std::int64_t, 4> kRetries{1, 500, 1'000, 30'000};
    routing::PoolPolicy& policy = pool.policy;
    switch (dice_.pick(13)) {
        case 12:
            change_rules(pool.rules);
            return;
        case 0:
            policy.auto_eject = !policy.auto_eject;
            return;
        case 1:
            policy.max_ejected = {.unit = routing::MaxEjected::Unit::nodes,
                                  .amount = static_cast<std::uint32_t>(dice_.pick(4))};
            return;
        case 2:
            policy.max_ejected = {.unit = routing::MaxEjected::Unit::percent,
                                  .amount = static_cast<std::uint32_t>(dice_.pick(5) * 25)};
            return;
        case 3:
            policy.max_ejected = {};
            return;
        case 4:
            policy.failure_limit = static_cast<std::uint32_t>(1 + dice_.pick(4));
            return;
        case 5:
            policy.retry_timeout = base::milliseconds(kRetries[dice_.pick(kRetries.size())]);
            return;
        case 6:
            policy.timeout = base::milliseconds(dice_.pick(3) * 200);
            return;
        case 7:
            policy.redis_auth = dice_.chance(50) ? "secret" : "";
            return;
        case 8:
        case 9:
            change_source(pool);
            return;
        default:
            return;
    }
}

// Lists differ by much: most pools believe that all may leave.
void ControllerPlan::change_rules(config::SourceRules& rules) {
    constexpr std::array<std::uint32_t, 4> kShares{0, 25, 50, 75};
    rules = {};
    rules.change.leave_percent_max = dice_.chance(60) ? 100 : kShares[dice_.pick(kShares.size())];
    rules.change.answers = static_cast<std::uint32_t>(1 + dice_.pick(4));
    constexpr std::array kHolds{1'000, 3'000, 60'000, 600'000};
    if (dice_.chance(70)) {
        rules.hold = base::milliseconds(kHolds[dice_.pick(kHolds.size())]);
    }
    constexpr std::array<std::uint32_t, 5> kReturns{0, 1, 1, 1, 3};
    rules.returns_max = kReturns[dice_.pick(kReturns.size())];
    rules.change.nodes_min = dice_.chance(80) ? 1 : static_cast<std::uint32_t>(1 + dice_.pick(3));
}

// Also how its nodes get their ring names: a static list must be one that may be loaded.
void ControllerPlan::change_source(config::PoolConfig& pool) {
    constexpr std::array kIdentities{routing::Identity::source, routing::Identity::host,
                                     routing::Identity::address};
    pool.identity =
        dice_.chance(60) ? routing::Identity::source : kIdentities[dice_.pick(kIdentities.size())];
    if (dice_.chance(60)) {
        const std::string name = dice_.chance(50) ? pool.name : "other";
        pool.source = config::ElastiCacheSource{.endpoint = {"cfg-" + name, 11'211}};
        return;
    }
    config::StaticSource source;
    std::set<std::string> texts;
    for (const routing::Member& each : member_list()) {
        const bool is_fresh = texts.insert(each.name).second &&
                              texts.insert(each.address.host).second &&
                              (each.host.empty() || texts.insert(each.host).second);
        if (is_fresh) {
            source.membership.members.push_back(each);
        }
    }
    if (source.membership.members.empty()) {
        source.membership.members.push_back(member_of("n1@10.0.0.1"));
    }
    pool.source = std::move(source);
}

// --- sources and names ---

std::string ControllerPlan::ip() {
    return fmt::format("10.0.{}.{}", dice_.pick(2), 1 + dice_.pick(20));
}

std::string ControllerPlan::host() {
    return fmt::format("h{}", 1 + dice_.pick(6));
}

routing::Member ControllerPlan::member(int number) {
    routing::Member member{.name = fmt::format("n{}", number), .address = {ip(), 11'211}};
    // Most keep their addresses from list to list.
    if (dice_.chance(80)) {
        member.address.host = number % 2 == 0 ? fmt::format("h{}", number % 6 + 1)
                                              : fmt::format("10.0.9.{}", number % 250);
    } else if (dice_.chance(30)) {
        member.address.host = host();
    }
    if (!member.address.is_name() && dice_.chance(20)) {
        member.host = fmt::format("i{}", number);
        member.other_ips = dice_.chance(50) ? std::vector{ip()} : std::vector<std::string>();
    }
    member.weight = dice_.chance(10) ? 2 : 1;
    return member;
}

std::vector<routing::Member> ControllerPlan::member_list() {
    std::vector<int> numbers;
    for (int i = 1; i <= kUsualNames; ++i) {
        numbers.push_back(i);
    }
    std::vector<routing::Member> list;
    for (std::size_t count = 1 + dice_.pick(kMembersMax); count > 0; --count) {
        const auto chosen =
            numbers.begin() + static_cast<std::ptrdiff_t>(dice_.pick(numbers.size()));
        list.push_back(member(dice_.chance(5) ? fresh_++ : *chosen));
        numbers.erase(chosen);
    }
    return list;
}

// One node that comes and goes.
std::vector<routing::Member> ControllerPlan::with_or_without(std::vector<routing::Member> list) {
    const routing::Member flapping = member_of("n7@10.0.9.7");
    const auto removed =
        std::erase_if(list, [&](const auto& each) { return each.name == flapping.name; });
    if (removed == 0) {
        list.push_back(flapping);
    }
    return list;
}

std::string ControllerPlan::members(ControllerWorld& world) {
    const bool is_flapping = dice_.chance(30);
    const std::string pool = is_flapping ? pools_.front().name : pool_name();
    std::string line = fmt::format("members {} {}", pool, ++version_);
    if (dice_.chance(8)) {
        return line;
    }
    std::vector<routing::Member> list = member_list();
    ModelPool* const known = world.model().find(pool);
    if (known != nullptr && dice_.chance(50)) {  // the same, or nearly
        list = known->said;
        if (!list.empty() && dice_.chance(60)) {
            list.erase(list.begin() + static_cast<std::ptrdiff_t>(dice_.pick(list.size())));
        }
    }
    if (known != nullptr && known->said.size() > 1 && is_flapping) {
        list = with_or_without(known->said);
    }
    if (!list.empty() && dice_.chance(4)) {
        list.push_back(list.front());
    }
    if (known != nullptr && known->doubt && dice_.chance(70)) {
        list = known->doubt->said;  // it means it
    }
    for (const routing::Member& each : list) {
        line += " " + to_text(each);
    }
    return line;
}

std::string ControllerPlan::source_fails(ControllerWorld&) {
    return "source_fails " + pool_name();
}

// Once it has said so, it is likely to say so again.
std::string ControllerPlan::nothing(ControllerWorld& world) {
    for (const ModelPool* const pool : world.model().present()) {
        if (pool->held_since && dice_.chance(50)) {
            return "nothing " + pool->config.name;
        }
    }
    return "nothing " + pool_name();
}

std::string ControllerPlan::found(ControllerWorld&) {
    return dice_.chance(70) ? fmt::format("found {} {}", host(), ip())
                            : fmt::format("found {} {} {}", host(), ip(), ip());
}

std::string ControllerPlan::lost(ControllerWorld&) {
    return "lost " + host();
}

// --- health ---

std::string ControllerPlan::pool_name() {
    return dice_.chance(95) ? pools_[dice_.pick(pools_.size())].name
                            : kPoolNames[dice_.pick(kPoolNames.size())];
}

std::string ControllerPlan::node_name(ControllerWorld& world, const std::string& pool) {
    ModelPool* const known = world.model().find(pool);
    if (known == nullptr || known->nodes.empty()) {
        return "n1";
    }
    // Those that are there, and now and then one that was.
    std::vector<std::string> names;
    for (const auto& [name, node] : known->nodes) {
        if (node.is_member || dice_.chance(10)) {
            names.push_back(name);
        }
    }
    return names.empty() ? "n1" : names[dice_.pick(names.size())];
}

std::string ControllerPlan::pool_and_node(ControllerWorld& world) {
    const std::string pool = pool_name();
    return pool + " " + node_name(world, pool);
}

std::string ControllerPlan::fail(ControllerWorld& world) {
    return fmt::format("fail {} {} {}", dice_.pick(ControllerWorld::kWorkers), pool_and_node(world),
                       1 + dice_.pick(4));
}

std::string ControllerPlan::late(ControllerWorld& world) {
    return fmt::format("late {} {} {}", dice_.pick(ControllerWorld::kWorkers), pool_and_node(world),
                       1 + dice_.pick(40'000));
}

std::string ControllerPlan::tell(ControllerWorld& world) {
    constexpr std::array kWords{"recovered", "recovered", "readonly",
                                "writable",  "auth",      "uncounted"};
    return fmt::format("tell {} {} {}", dice_.pick(ControllerWorld::kWorkers), pool_and_node(world),
                       kWords[dice_.pick(kWords.size())]);
}

std::string ControllerPlan::probe(ControllerWorld& world) {
    const auto& probes = world.probes();
    if (probes.empty()) {
        return wait(world);
    }
    const auto& asked = probes[dice_.pick(probes.size())];
    return fmt::format("probe {} {} {}", asked.pool_name, asked.node.node.name,
                       dice_.chance(60) ? "well" : "ill");
}

// --- the operator ---

std::string ControllerPlan::eject(ControllerWorld& world) {
    constexpr std::array kSpans{"ever", "0", "50", "1000", "60000", "3600000", "7200000"};
    return fmt::format("eject {} {}{}", pool_and_node(world), kSpans[dice_.pick(kSpans.size())],
                       dice_.chance(25) ? " force" : "");
}

std::string ControllerPlan::restore(ControllerWorld& world) {
    return "restore " + pool_and_node(world);
}

std::string ControllerPlan::reconnect(ControllerWorld& world) {
    return "reconnect " + (dice_.chance(30) ? pool_name() : pool_and_node(world));
}

std::string ControllerPlan::refresh(ControllerWorld&) {
    return "refresh " + pool_name();
}

// --- workers and time ---

std::string ControllerPlan::adopt(ControllerWorld&) {
    return fmt::format("adopt {} {}", dice_.pick(ControllerWorld::kWorkers), 1 + dice_.pick(6));
}

std::string ControllerPlan::wait(ControllerWorld&) {
    constexpr std::array kSpans{0,   1,     20,    99,    100,    101,   150,
                                500, 1'000, 1'000, 3'000, 10'000, 61'000};
    if (dice_.chance(2)) {
        return dice_.chance(50) ? "wait 600000" : "wait 3700000";
    }
    return fmt::format("wait {}", kSpans[dice_.pick(kSpans.size())]);
}

std::string ControllerPlan::jump(ControllerWorld&) {
    constexpr std::array kSpans{1, 100, 2'000, 30'000, 120'000};
    return dice_.chance(3) ? "jump 3700000"
                           : fmt::format("jump {}", kSpans[dice_.pick(kSpans.size())]);
}

std::string ControllerPlan::idle(ControllerWorld&) {
    return "idle";
}

}  // namespace ringside::sim
