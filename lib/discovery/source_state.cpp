#include "discovery/source_state.h"

#include <fmt/core.h>

#include <utility>

namespace ringside::discovery {

void SourceState::set_name(std::string name) {
    if (name != name_) {
        name_ = std::move(name);
        failing_ = false;
        last_failure_.clear();
        last_error_.clear();
        last_error_at_.reset();
        facts_ = {};
    }
}

void SourceState::note_error(const base::Error& error, base::TimePoint now) {
    last_error_ = error.message;
    last_error_at_ = now;
}

void SourceState::on_list(routing::Membership said, base::TimePoint now, LogLines& lines) {
    said_ = std::move(said);
    ++answers_;
    last_answer_ = now;
    last_failure_.clear();
    if (std::exchange(failing_, false)) {
        lines.add({.text = fmt::format("{} gives a usable list again", name_)});
    }
}

void SourceState::on_change(routing::MembershipDiff changes, base::TimePoint now, LogLines& lines) {
    if (!has_discovered()) {
        first_change_ = now;
        lines.add({.text = fmt::format("{} nodes from {}", changes.added.size(), name_),
                   .of_ring = true});
    }
    last_diff_ = std::move(changes);
    last_change_ = now;
}

void SourceState::on_failure(const base::Error& error, std::size_t nodes_known, LogLines& lines) {
    ++failures_;
    last_failure_ = error.message;
    if (!std::exchange(failing_, true)) {
        lines.add({.text = fmt::format("{} gave no usable list: {}; {} nodes are known and stay",
                                       name_, error.message, nodes_known),
                   .warning = true});
    }
}

}  // namespace ringside::discovery
