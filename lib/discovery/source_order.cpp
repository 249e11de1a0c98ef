#include "discovery/source_order.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace ringside::discovery {

using base::TimePoint;

void SourceOrder::set_sources(const std::vector<Source>& sources, TimePoint now) {
    CHECK(!sources.empty());
    const auto name_at = [this](std::size_t place) { return entries_[place].source.name; };
    const std::optional<std::string> decided =
        authority_ ? std::optional(name_at(*authority_)) : std::nullopt;
    const bool waits_for_another = entries_.empty() || name_at(0) != sources[0].name;
    std::vector<Entry> entries;
    for (const Source& source : sources) {
        const auto known = find(source.name);
        entries.push_back(known ? entries_[*known] : Entry{});
        entries.back().source = source;
    }
    entries_ = std::move(entries);
    authority_ = decided ? find(*decided) : std::nullopt;
    if (!authority_ && (decided || waits_for_another)) {
        began_ = now;
    }
}

void SourceOrder::on_list(std::size_t place, TimePoint now) {
    entries_[place].listed_at = now;
    entries_[place].failing_since.reset();
}

void SourceOrder::on_failure(std::size_t place, TimePoint now) {
    std::optional<TimePoint>& since = entries_[place].failing_since;
    since = since ? since : now;
}

// A list that came after the last word of the source that decides. One that stood there before
// says nothing about what has changed since then, and a list in the configuration never does.
bool SourceOrder::has_news(const Entry& entry) const noexcept {
    return !entry.source.is_listed && !entry.failing_since &&
           (!authority_ || entry.listed_at > entries_[*authority_].listed_at);
}

TimePoint SourceOrder::open_at(bool has_nodes) const noexcept {
    if (!authority_ || !has_nodes) {
        return began_ + (has_nodes ? kOutageMin : kGrace);
    }
    const auto& failing_since = entries_[*authority_].failing_since;
    return failing_since ? *failing_since + kOutageMin : base::kNever;
}

std::vector<SourceOrder::Candidate> SourceOrder::candidates(bool has_nodes, TimePoint now) {
    looked_at_ = now;
    const bool is_open = now >= open_at(has_nodes);
    // A pool that has lost its nodes because its source says that there are none does not begin
    // anew: lists of before, and that of the configuration, are older than what was said.
    const bool is_begin = !has_nodes && !authority_;
    std::vector<Candidate> found;
    for (std::size_t place = 0; place < entries_.size(); ++place) {
        const Entry& entry = entries_[place];
        if (place == authority_ || !entry.listed_at) {
            continue;
        }
        if (place < authority_.value_or(1)) {
            if (!entry.failing_since || is_begin) {
                found.push_back({place, false});
            }
        } else if (is_open && !has_nodes) {
            if (is_begin || (!entry.failing_since && !entry.source.is_listed)) {
                found.push_back({place, false});
            }
        } else if (is_open && has_news(entry)) {
            found.push_back({place, true});
        }
    }
    return found;
}

void SourceOrder::give_to(std::size_t place, TimePoint now) {
    CHECK(place < entries_.size() && entries_[place].listed_at);
    authority_ = place;
    since_ = now;
}

std::optional<std::size_t> SourceOrder::find(std::string_view name) const noexcept {
    for (std::size_t place = 0; place < entries_.size(); ++place) {
        if (entries_[place].source.name == name) {
            return place;
        }
    }
    return std::nullopt;
}

std::optional<TimePoint> SourceOrder::failing_since(std::size_t place) const noexcept {
    return entries_[place].failing_since;
}

TimePoint SourceOrder::next_deadline(bool has_nodes) const noexcept {
    const bool others_wait =
        std::any_of(entries_.begin(), entries_.end(), [this](const Entry& entry) {
            const auto place = static_cast<std::size_t>(&entry - entries_.data());
            return entry.listed_at && place != authority_;
        });
    const TimePoint next = open_at(has_nodes);
    return others_wait && next > looked_at_ ? next : base::kNever;
}

}  // namespace ringside::discovery
