#include "discovery/source_state.h"

#include <fmt/core.h>

#include <utility>

namespace ringside::discovery {

using base::LogEvent;
namespace {

std::int64_t seconds_between(base::TimePoint from, base::TimePoint to) {
    return std::chrono::duration_cast<std::chrono::seconds>(to - from).count();
}

}  // namespace

std::string_view words_of(SourceStanding standing) noexcept {
    switch (standing) {
        case SourceStanding::waiting:
            return "waiting";
        case SourceStanding::good:
            return "good";
        case SourceStanding::failing:
            return "failing";
        case SourceStanding::held:
            return "held";
        case SourceStanding::empty:
            return "empty";
    }
    return {};
}

void SourceState::set_name(std::string name) {
    if (name != name_) {
        name_ = std::move(name);
        failing_ = says_nothing_ = false;
        last_failure_.clear();
        last_error_.clear();
        last_error_at_.reset();
        facts_ = {};
        standing_ = SourceStanding::waiting;
        standing_since_.reset();
    }
}

void SourceState::stand(SourceStanding standing, base::TimePoint now) noexcept {
    if (standing != standing_ || !standing_since_) {
        standing_ = standing;
        standing_since_ = now;
    }
}

void SourceState::on_list(routing::Membership said, base::TimePoint now, LogLines& lines) {
    said_ = std::move(said);
    ++answers_;
    last_answer_ = now;
    last_failure_.clear();
    says_nothing_ = false;
    const bool was_failing = std::exchange(failing_, false);
    if (standing_ == SourceStanding::held || standing_ == SourceStanding::empty) {
        lines.add({.about = {.event = LogEvent::source_well, .source = name_},
                   .text = fmt::format("{} names nodes again after {} s", name_,
                                       seconds_between(*standing_since_, now))});
    } else if (was_failing) {
        lines.add({.about = {.event = LogEvent::source_well, .source = name_},
                   .text = fmt::format("{} gives a usable list again", name_)});
    }
    stand(SourceStanding::good, now);
}

void SourceState::on_failure(const base::Error& error, std::size_t nodes_known, base::TimePoint now,
                             LogLines& lines) {
    note(error, now);
    if (!std::exchange(failing_, true)) {
        lines.add(
            {.about = {.event = LogEvent::source_failed, .source = name_, .cause = error.message},
             .text = fmt::format("{} gave no usable list: {}; {} nodes are known and stay", name_,
                                 error.message, nodes_known),
             .warning = true});
    }
    if (standing_ == SourceStanding::good) {
        stand(SourceStanding::failing, now);
    } else {
        stand(standing_, now);  // a hold goes on
    }
}

void SourceState::on_refused(const base::Error& error, std::size_t nodes_known, base::TimePoint now,
                             LogLines& lines) {
    if (standing_ == SourceStanding::held) {
        stand(SourceStanding::failing, now);
        failing_ = false;  // what is wrong is another thing now
    }
    on_failure(error, nodes_known, now, lines);
}

void SourceState::on_nothing(const base::Error& error, std::size_t nodes_known, base::TimePoint now,
                             LogLines& lines) {
    const bool begins = nodes_known > 0 && standing_ != SourceStanding::held;
    if (!begins) {
        on_failure(error, nodes_known, now, lines);
        says_nothing_ = true;
        return;
    }
    note(error, now);
    says_nothing_ = true;
    failing_ = true;
    stand(SourceStanding::held, now);
    lines.add(
        {.about = {.event = LogEvent::source_says_none, .source = name_, .cause = error.message},
         .text = fmt::format("{} says that there are no nodes: {}; {} nodes are known and held",
                             name_, error.message, nodes_known),
         .warning = true});
}

void SourceState::on_hold_over(std::size_t nodes_known, base::TimePoint now, LogLines& lines) {
    lines.add({.about = {.event = LogEvent::source_emptied, .source = name_},
               .text = fmt::format("{} says so for {} s: the {} nodes that were held are dropped",
                                   name_, seconds_between(*standing_since_, now), nodes_known),
               .warning = true});
    stand(SourceStanding::empty, now);
}

void SourceState::note(const base::Error& error, base::TimePoint now) {
    ++failures_;
    says_nothing_ = false;
    last_failure_ = last_error_ = error.message;
    last_error_at_ = now;
}

}  // namespace ringside::discovery
