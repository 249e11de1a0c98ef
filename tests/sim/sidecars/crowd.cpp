#include "sim/sidecars/crowd.h"

#include "base/check.h"
#include "config/source_rows.h"
#include "discovery/source_machines.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace ringside::discovery {
namespace {

constexpr base::milliseconds kRoundTrip{1};

// Not what asks for the search list of this host only.
bool is_counted(const Question& question) {
    const auto* const records = std::get_if<RecordQuestion>(&question);
    return records == nullptr || !records->wishes.empty();
}

}  // namespace

Crowd::Crowd(const config::Source& source, std::size_t size, Origin& origin)
    : origin_(origin), sidecars_(size) {
    for (std::size_t i = 0; i < size; ++i) {
        sidecars_[i].machine = make_machine(config::kind_of(source), i + 1);
        CHECK(sidecars_[i].machine != nullptr);
        later(i, base::Duration(base::seconds(1)) * i / size, Started{source});
    }
}

void Crowd::run_until(base::milliseconds time) {
    while (!due_.empty() && due_.top().at < start_ + time) {
        const Due next = due_.top();
        due_.pop();
        now_ = next.at;
        Sidecar& sidecar = sidecars_[next.sidecar];
        if (next.event != nullptr && next.question == sidecar.question) {
            send(next.sidecar, *next.event);
        } else if (next.event == nullptr && next.at == sidecar.wake_at) {
            sidecar.wake_at = base::kNever;
            send(next.sidecar, TimeCame{});
        }
    }
    now_ = start_ + time;
}

void Crowd::cut() {
    for (std::size_t i = 0; i < sidecars_.size(); ++i) {
        if (std::exchange(sidecars_[i].is_staying, false)) {
            ++sidecars_[i].question;
            send(i, Answered{base::Error{base::Errc::io, "Connection reset by peer"}});
        }
    }
}

Asked Crowd::asked(base::milliseconds from, base::milliseconds to) const {
    Asked asked;
    const auto end = static_cast<std::size_t>(to / kBucket);
    for (auto i = static_cast<std::size_t>(from / kBucket); i < end; ++i) {
        const std::size_t count = i < buckets_.size() ? buckets_[i] : 0;
        asked.mean += static_cast<double>(count);
        asked.most = std::max(asked.most, count);
    }
    asked.mean /= static_cast<double>((to - from) / kBucket);
    return asked;
}

void Crowd::send(std::size_t index, const SourceEvent& event) {
    SourceActions actions = sidecars_[index].machine->resume(event, now_);
    if (actions.ask) {
        ask(index, *actions.ask);
    }
    if (actions.wake_at) {
        sidecars_[index].wake_at = base::kNever;
        if (*actions.wake_at != base::kNever) {
            sidecars_[index].wake_at = std::max(*actions.wake_at, now_);
            due_.push({.at = sidecars_[index].wake_at, .sidecar = index});
        }
    }
}

void Crowd::ask(std::size_t index, const Question& question) {
    Sidecar& sidecar = sidecars_[index];
    ++sidecar.question;
    sidecar.is_staying = false;
    if (std::holds_alternative<NoQuestion>(question)) {
        return;
    }
    if (is_counted(question)) {
        const auto bucket = static_cast<std::size_t>((now_ - start_) / kBucket);
        buckets_.resize(std::max(buckets_.size(), bucket + 1));
        ++buckets_[bucket];
    }
    Origin::Reply reply = origin_.answer(question, now_);
    sidecar.is_staying = reply.stays.has_value();
    if (reply.stays) {
        later(index, kRoundTrip + *reply.stays, Answered{std::string(), 200});
    }
    later(index, kRoundTrip, std::move(reply.event));
}

void Crowd::later(std::size_t index, base::Duration after, SourceEvent event) {
    due_.push({.at = now_ + after,
               .sidecar = index,
               .question = sidecars_[index].question,
               .event = std::make_shared<SourceEvent>(std::move(event))});
}

}  // namespace ringside::discovery
