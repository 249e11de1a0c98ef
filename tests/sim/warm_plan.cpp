#include "sim/warm_plan.h"

#include "base/byte_buffer.h"

#include <algorithm>

namespace ringside::sim {
namespace {

using protocol::Outcome;
using proxy::Step;
using proxy::StepFacts;
using proxy::Where;

constexpr std::string_view kGet = "get";
constexpr std::string_view kLineEnd = "\r\n";

void ask_again(const StepFacts& facts, base::ByteBuffer& out) noexcept {
    out.append("get ");
    out.append(facts.key);
    out.append(kLineEnd);
}

// "VALUE <key> <flags> <bytes>\r\n<value>\r\nEND\r\n" becomes "add <key> <flags> 0 <bytes>\r\n..."
void add_the_value(const StepFacts& facts, base::ByteBuffer& out) noexcept {
    const std::size_t line_bytes = facts.answer.find(kLineEnd);
    const std::string_view line = facts.answer.substr(0, line_bytes);
    const std::string_view flags_and_bytes =
        line.substr(std::string_view("VALUE ").size() + facts.key.size());
    const std::size_t space = flags_and_bytes.rfind(' ');
    const std::string_view end = "END\r\n";
    out.append("add ");
    out.append(facts.key);
    out.append(flags_and_bytes.substr(0, space));
    out.append(" 0");
    out.append(flags_and_bytes.substr(space));
    out.append(facts.answer.substr(line_bytes, facts.answer.size() - line_bytes - end.size()));
}

constexpr Step kWarmSteps[]{
    {Where::by_route,
     {Outcome::value, Outcome::error, Outcome::failed},
     {Outcome::miss},
     nullptr,
     nullptr},
    {Where::by_route, {Outcome::value}, {Outcome::value}, ask_again, previous_owner_of},
    {Where::by_route, {}, {}, add_the_value, nullptr}};
constexpr proxy::Plan kWarm{kWarmSteps};

}  // namespace

const proxy::Plan& warm_plan_of(const protocol::RequestFrame& frame) noexcept {
    const bool is_read = frame.status == protocol::RequestStatus::complete &&
                         frame.command->name == kGet && frame.keys.size() == 1;
    return is_read ? kWarm : proxy::plan_of(frame);
}

std::optional<std::uint32_t> previous_owner_of(const routing::Pool& pool,
                                               std::string_view key) noexcept {
    const auto owner = pool.owner_of(key, 0);
    std::optional<std::uint32_t> oldest;
    for (std::uint32_t i = 0; i < pool.nodes.size(); ++i) {
        const routing::PoolNode& each = pool.nodes[i];
        const bool is_another = each.state == routing::NodeState::in_ring && i != owner;
        if (is_another && (!oldest || each.node.id < pool.nodes[*oldest].node.id)) {
            oldest = i;
        }
    }
    return oldest;
}

}  // namespace ringside::sim
