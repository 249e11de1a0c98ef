// What happens to a request, step after step: data, not code.
//
// A plan is a constexpr row of steps; a request holds a pointer to its row and how far it has got.
// Most plans have one step. A further step is due when the answer of the one before has come, and
// is sent in the same turn (proxy/steps). It finds its node anew, so it survives adopt().
#pragma once

#include "base/byte_buffer.h"
#include "protocol/outcome.h"
#include "protocol/request_frame.h"
#include "routing/snapshot.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace ringside::proxy {

// What is known when a further step begins. Views live for the call.
struct StepFacts {
    std::string_view request;  // what the client has asked, in its own words
    std::string_view key;      // the first in it; empty: it has none
    std::string_view answer;   // that the step before was given by its node
};

enum class Where : std::uint8_t {
    proxy,     // answered here
    by_route,  // as the command's row says: one node, or parts for several
    quiet,     // nowhere: those behind wait until every request in front has been answered
};

struct Step {
    Where where;
    // With these outcomes the answer of this step is the client's, as soon as it is known.
    protocol::OutcomeSet answers;
    // With these the next step follows. If none does and the client has had no answer yet, it gets
    // the one that was kept first: that of the first step that did not answer, or what the request
    // began with.
    protocol::OutcomeSet goes_on;
    // Writes what this step asks for, as the client would. Null, in a first step: what it has
    // asked.
    void (*ask)(const StepFacts& facts, base::ByteBuffer& out) noexcept;
    // The node, an index into Pool::nodes; nothing: there is none. Null: the command's row decides.
    std::optional<std::uint32_t> (*place)(const routing::Pool& pool, std::string_view key) noexcept;
};

// The first step asks for what the client has asked, of whom its command says. Behind one that the
// proxy answers there can only be quiet; all others ask nodes for something.
constexpr bool makes_sense(std::span<const Step> steps) noexcept {
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const Step& step = steps[i];
        const bool is_first = i == 0;
        const bool is_behind_proxy = !is_first && steps[i - 1].where == Where::proxy;
        const bool asks = step.ask != nullptr || step.place != nullptr;
        const bool fits = step.where == Where::proxy   ? is_first && !asks
                          : step.where == Where::quiet ? is_behind_proxy && !asks
                          : is_first                   ? !asks
                                                       : !is_behind_proxy && step.ask != nullptr;
        if (!fits) {
            return false;
        }
    }
    return !steps.empty() && steps.size() <= UINT8_MAX;
}

// A row of steps that makes no sense does not compile.
struct Plan {
    std::span<const Step> steps;

    consteval explicit Plan(std::span<const Step> row) : steps(row) {
        if (!makes_sense(row)) {
            throw "see makes_sense()";
        }
    }

    // What is answered may be passed on before it is complete, and nothing of it need be kept.
    bool ends_with(const Step& step) const noexcept { return &step == &steps.back(); }
};

inline constexpr protocol::OutcomeSet kAnyOutcome{
    protocol::Outcome::value,      protocol::Outcome::miss,   protocol::Outcome::stored,
    protocol::Outcome::not_stored, protocol::Outcome::exists, protocol::Outcome::number,
    protocol::Outcome::ok,         protocol::Outcome::error,  protocol::Outcome::failed};

namespace plans {

// The node's answer is the client's.
inline constexpr Step kForwardSteps[]{{Where::by_route, kAnyOutcome, {}, nullptr, nullptr}};
inline constexpr Plan kForward{kForwardSteps};

inline constexpr Step kLocalSteps[]{{Where::proxy, kAnyOutcome, {}, nullptr, nullptr}};
inline constexpr Plan kLocal{kLocalSteps};

// HELLO: what comes behind it may take other links, and must not overtake what is under way.
inline constexpr Step kLocalThenQuietSteps[]{
    {Where::proxy, kAnyOutcome, {protocol::Outcome::ok}, nullptr, nullptr},
    {Where::quiet, {}, {}, nullptr, nullptr}};
inline constexpr Plan kLocalThenQuiet{kLocalThenQuietSteps};

// What a refusal entails at a node (a set that is too large removes the old value), and then the
// refusal, which has been kept, whatever the node said.
inline constexpr Step kRefuseAfterwardsSteps[]{{Where::by_route, {}, {}, nullptr, nullptr}};
inline constexpr Plan kRefuseAfterwards{kRefuseAfterwardsSteps};

}  // namespace plans

// The plan of a frame that is complete, or rejected with a command.
const Plan& plan_of(const protocol::RequestFrame& frame) noexcept;

}  // namespace ringside::proxy
