#include "discovery/change_rule.h"

#include "health/backoff.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::Error;
using routing::Membership;

std::vector<std::string> names_of(const Membership& membership) {
    std::vector<std::string> names;
    std::transform(membership.members.begin(), membership.members.end(), std::back_inserter(names),
                   [](const routing::Member& member) { return member.name; });
    return names;
}

}  // namespace

base::Status ChangeRule::judge(const Membership& current, const Membership& list,
                               base::TimePoint now, double random) {
    if (const base::Status long_enough = is_long_enough(list); !long_enough) {
        agreeing_ = 0;
        return long_enough;
    }
    const std::size_t leaving = diff(current, list).removed.size();
    const std::size_t known = current.members.size();
    if (leaving * 100 <= known * limits_.leave_percent_max) {
        agreeing_ = 0;
        return base::Done{};
    }
    std::vector<std::string> names = names_of(list);
    if (agreeing_ == 0 || names != doubted_) {
        doubted_ = std::move(names);
        agreeing_ = 1;
    } else if (now >= last_agreed_ + kAnswersApart) {
        ++agreeing_;
    } else {
        return too_many_leave(leaving, known);
    }
    last_agreed_ = now;
    ask_at_ = now + kAnswersApart + health::jitter(kAskSpread, random);
    asked_ = false;
    if (agreeing_ < limits_.answers) {
        return too_many_leave(leaving, known);
    }
    agreeing_ = 0;
    return base::Done{};
}

base::Status ChangeRule::is_long_enough(const Membership& list) const {
    if (list.members.size() < limits_.nodes_min) {
        return Error{Errc::conflict, fmt::format("the list has {} nodes, and nodes_min is {}",
                                                 list.members.size(), limits_.nodes_min)};
    }
    return base::Done{};
}

base::Error ChangeRule::too_many_leave(std::size_t leaving, std::size_t known) const {
    return {Errc::conflict,
            fmt::format("{} of {} nodes would leave at once, more than change_max of {}%; {} of {} "
                        "answers agree",
                        leaving, known, limits_.leave_percent_max, agreeing_, limits_.answers)};
}

void ChangeRule::set_limits(const config::ChangeLimits& limits) {
    if (limits != limits_) {
        limits_ = limits;
        agreeing_ = 0;
    }
}

base::TimePoint ChangeRule::ask_again_at() const noexcept {
    return agreeing_ == 0 || asked_ ? base::kNever : ask_at_;
}

}  // namespace ringside::discovery
