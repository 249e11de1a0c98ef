// What of a pool outlives the process: the part of PoolState that gives it away and takes it back.
#include "base/check.h"
#include "discovery/pool_state.h"
#include "routing/identity.h"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <algorithm>
#include <ctime>
#include <utility>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::Error;
using base::LogEvent;
using base::Moment;
using base::TimePoint;

std::string utc(WallTime time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

}  // namespace

SavedPool PoolState::saved(const Moment& at) const {
    SavedPool saved{.name = name_,
                    .protocol = std::string(protocol_text(nodes_.policy().protocol)),
                    .list = std::nullopt};
    for (auto& [node, how] : nodes_.operator_ejections()) {
        const bool has_end = how.until != base::kNever;
        saved.ejections.push_back({std::move(node),
                                   has_end ? std::optional(to_wall(how.until, at)) : std::nullopt,
                                   std::move(how.remark), how.is_drained});
    }
    const auto place = sources_.find(origin_.source);
    const bool is_listed = !origin_.source.empty() && place && sources_.order().is_listed(*place);
    if (!has_nodes() || is_listed) {
        saved.list = unused_;
        return saved;
    }
    SavedList& list = saved.list.emplace(origin_);
    const bool is_asked = place && sources_.at(*place).last_answer();
    list.said_at = stale_since_ ? *stale_since_
                   : is_asked   ? to_wall(*sources_.at(*place).last_answer(), at)
                                : at.wall;
    list.membership = nodes_.members();
    for (const routing::Member& member : list.membership.members) {
        if (!member.address.is_name()) {
            continue;
        }
        for (const routing::Address& each : nodes_.record_of(nodes_.id_of(member.name)).addresses) {
            auto& ips = list.ips[member.address.host];
            if (std::find(ips.begin(), ips.end(), each.host) == ips.end()) {
                ips.push_back(each.host);
            }
        }
    }
    return saved;
}

base::Status PoolState::may_take(const SavedList& list) const {
    const auto place = sources_.find(list.source);
    if (list.source.empty() || !place || sources_.order().is_listed(*place)) {
        return Error{Errc::conflict, fmt::format("it is of another source: {}", list.source)};
    }
    if (list.identity != to_string(identity_) || list.identity_template != identity_template_) {
        return Error{Errc::conflict, fmt::format("it names nodes by another identity: {} {}",
                                                 list.identity, list.identity_template)};
    }
    if (base::Status is_long_enough = change_rule_.is_long_enough(list.membership);
        !is_long_enough) {
        return is_long_enough;
    }
    return nodes_.gate().check(list.membership);
}

bool PoolState::take_saved(const SavedPool& saved, const Moment& at) {
    CHECK(saved.name == name_ && saved.protocol == protocol_text(nodes_.policy().protocol));
    const TimePoint now = at.steady;
    bool changed = false;
    if (saved.list && !is_static_ && !has_nodes()) {
        const SavedList& list = *saved.list;
        if (const base::Status may = may_take(list); may) {
            sources_.on_saved(nodes_.take_members(list.membership, now), now);
            for (const auto& [host, ips] : list.ips) {
                nodes_.on_name(host, {.ips = ips}, now);
            }
            origin_ = {.source = list.source,
                       .identity = list.identity,
                       .identity_template = list.identity_template,
                       .membership = {}};
            stale_since_ = list.said_at;
            // What another source says first is not measured by it.
            is_new_source_ = source().name() != list.source;
            changed = true;
            lines_.add({.about = {.event = LogEvent::saved_list, .source = list.source},
                        .text = fmt::format("serves the {} nodes that {} listed last, saved on {}, "
                                            "until it answers",
                                            list.membership.members.size(), list.source,
                                            utc(list.said_at)),
                        .warning = true,
                        .of_ring = true});
        } else {
            unused_ = list;
            lines_.add({.about = {.event = LogEvent::saved_list,
                                  .source = list.source,
                                  .cause = may.error().message},
                        .text = fmt::format("the list that was saved on {} is not used: {}",
                                            utc(list.said_at), may.error().message),
                        .warning = true});
        }
    }
    for (const SavedEjection& ejection : saved.ejections) {
        const TimePoint until = ejection.until ? to_steady(*ejection.until, at) : base::kNever;
        if (until > now) {
            changed = nodes_.keep_ejected(ejection.node,
                                          {until, ejection.remark, ejection.is_drained}, now) ||
                      changed;
        }
    }
    return changed;
}

void PoolState::end_staleness() {
    if (std::exchange(stale_since_, std::nullopt)) {
        lines_.add({.about = {.event = LogEvent::saved_list, .source = source().name()},
                    .text = fmt::format("{} has answered: the saved list is not needed any more",
                                        source().name())});
    }
}

}  // namespace ringside::discovery
