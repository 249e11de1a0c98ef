#include "discovery/name_book.h"

#include <algorithm>
#include <utility>

namespace ringside::discovery {
namespace {

constexpr int kRetryFactor = 5;

// DNS servers turn the order of several addresses with each answer.
bool same_addresses(std::vector<std::string> a, std::vector<std::string> b) {
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    return a == b;
}

}  // namespace

void NameBook::add(const std::string& host) {
    entries_.try_emplace(host);
}

void NameBook::remove(const std::string& host) {
    entries_.erase(host);
}

std::vector<std::string> NameBook::take_due(base::TimePoint now) {
    std::vector<std::string> due;
    for (auto& [host, entry] : entries_) {
        if (!entry.asked && entry.ask_at <= now) {
            entry.asked = true;
            due.push_back(host);
        }
    }
    return due;
}

base::TimePoint NameBook::next_deadline() const noexcept {
    base::TimePoint next = base::kNever;
    for (const auto& [host, entry] : entries_) {
        if (!entry.asked) {
            next = std::min(next, entry.ask_at);
        }
    }
    return next;
}

NameNews NameBook::on_answer(const std::string& host, NameAnswer answer, base::TimePoint now) {
    const auto found = entries_.find(host);
    if (found == entries_.end() || !found->second.asked) {
        return NameNews::none;  // of a time before the name was removed
    }
    Entry& entry = found->second;
    entry.asked = false;
    entry.answered_at = now;
    entry.has_answered = true;
    return answer.problem.empty() ? on_addresses(entry, std::move(answer), now)
                                  : on_problem(entry, answer.problem, now);
}

NameNews NameBook::on_addresses(Entry& entry, NameAnswer answer, base::TimePoint now) {
    entry.ask_at = now + std::clamp(answer.ttl, kTtlMin, kTtlMax);
    entry.retry = base::milliseconds(0);
    NameState& state = entry.state;
    const bool was_lost = !std::exchange(state.problem, {}).empty();
    if (same_addresses(state.ips, answer.ips)) {
        return was_lost ? NameNews::back : NameNews::none;
    }
    const bool is_first = state.ips.empty();
    state.ips = std::move(answer.ips);
    if (is_first) {
        return was_lost ? NameNews::back : NameNews::found;
    }
    return NameNews::changed;
}

NameNews NameBook::on_problem(Entry& entry, std::string_view problem, base::TimePoint now) {
    const auto longest = entry.state.ips.empty() ? kRetryMaxWithoutAddress : kRetryMax;
    entry.retry = std::clamp(entry.retry * kRetryFactor, kRetryMin, longest);
    entry.ask_at = now + entry.retry;
    const bool is_first = entry.state.problem.empty();
    entry.state.problem = problem;
    if (!is_first) {
        return NameNews::none;
    }
    entry.state.problem_since = now;
    return NameNews::lost;
}

void NameBook::ask_again(const std::string& host) {
    const auto found = entries_.find(host);
    if (found != entries_.end() && found->second.has_answered) {
        Entry& entry = found->second;
        entry.ask_at = std::min(entry.ask_at, entry.answered_at + kRetryMin);
    }
}

const NameState* NameBook::find(const std::string& host) const noexcept {
    const auto found = entries_.find(host);
    return found == entries_.end() ? nullptr : &found->second.state;
}

}  // namespace ringside::discovery
