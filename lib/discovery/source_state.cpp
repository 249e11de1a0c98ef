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

void SourceState::on_list(routing::Membership said, base::TimePoint now, LogLines& lines) {
    said_ = std::move(said);
    ++answers_;
    last_answer_ = now;
    last_failure_.clear();
    if (std::exchange(failing_, false)) {
        lines.add({.text = fmt::format("{} gives a usable list again", name_)});
    }
}

void SourceState::on_failure(const base::Error& error, std::size_t nodes_known, base::TimePoint now,
                             LogLines& lines) {
    ++failures_;
    last_failure_ = error.message;
    last_error_ = error.message;
    last_error_at_ = now;
    if (!std::exchange(failing_, true)) {
        lines.add({.text = fmt::format("{} gave no usable list: {}; {} nodes are known and stay",
                                       name_, error.message, nodes_known),
                   .warning = true});
    }
}

}  // namespace ringside::discovery
