#include "discovery/dns_search.h"

#include "base/check.h"
#include "io/host_names.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace ringside::discovery {

using io::LookupProblem;
using io::RecordResult;
using io::RecordType;

namespace {

// What has come of all questions for one full name. A problem that says nothing about the name goes
// before records: without the other half they are no membership.
RecordResult together(std::span<const RecordResult> results) {
    io::DnsRecords all;
    LookupProblem problem = LookupProblem::not_found;
    for (const RecordResult& result : results) {
        if (const auto* const found = std::get_if<io::DnsRecords>(&result)) {
            all.ttl = all.records.empty() ? found->ttl : std::min(all.ttl, found->ttl);
            all.records.insert(all.records.end(), found->records.begin(), found->records.end());
            continue;
        }
        const auto each = std::get<LookupProblem>(result);
        if (says_nothing_of_the_name(each)) {
            return each;
        }
        problem = each == LookupProblem::no_address ? each : problem;
    }
    return all.records.empty() ? RecordResult(problem) : RecordResult(std::move(all));
}

// "A or AAAA".
std::string types_text(const RecordChoice& choice) {
    std::string text;
    for (const auto* types : {&choice.types, &choice.otherwise}) {
        for (const RecordType type : *types) {
            text += fmt::format("{}{}", text.empty() ? "" : " or ", to_string(type));
        }
    }
    return text;
}

}  // namespace

bool says_nothing_of_the_name(LookupProblem problem) noexcept {
    return problem != LookupProblem::not_found && problem != LookupProblem::no_address;
}

RecordChoice choice_of(config::DnsFamily family) {
    switch (family) {
        case config::DnsFamily::prefer_ipv4:
            return {.types = {RecordType::a}, .otherwise = {RecordType::aaaa}};
        case config::DnsFamily::prefer_ipv6:
            return {.types = {RecordType::aaaa}, .otherwise = {RecordType::a}};
        case config::DnsFamily::ipv4:
            return {.types = {RecordType::a}};
        case config::DnsFamily::ipv6:
            return {.types = {RecordType::aaaa}};
        case config::DnsFamily::both:
            return {.types = {RecordType::a, RecordType::aaaa}};
    }
    return {};
}

void DnsSearch::begin(const RecordChoice& choice, const io::SearchList& list, bool asks_all) {
    if (list != list_) {
        list_ = list;
        kept_.reset();
    }
    candidates_ = kept_ ? std::vector{*kept_} : io::full_names(name_, list.domains, list.ndots);
    candidate_ = 0;
    choice_ = choice;
    asks_all_ = asks_all;
    is_otherwise_ = false;
    exists_ = false;
    result_.reset();
}

std::vector<io::RecordWish> DnsSearch::wishes() const {
    std::vector<io::RecordWish> wishes;
    if (!is_over()) {
        for (const RecordType type : is_otherwise_ ? choice_.otherwise : choice_.types) {
            wishes.push_back({full_name(), type});
        }
    }
    return wishes;
}

void DnsSearch::take(std::span<const RecordResult> results) {
    CHECK(!is_over());
    RecordResult result = together(results);
    const auto* const problem = std::get_if<LookupProblem>(&result);
    if (problem == nullptr) {
        result_ = std::move(result);
        return;
    }
    if (says_nothing_of_the_name(*problem)) {
        result_ = *problem;
        return;
    }
    next(*problem);
}

void DnsSearch::next(LookupProblem problem) {
    const bool exists = problem == LookupProblem::no_address;
    exists_ = exists_ || exists;
    if ((exists || asks_all_) && !is_otherwise_ && !choice_.otherwise.empty()) {
        is_otherwise_ = true;
        return;
    }
    if (candidate_ + 1 < candidates_.size()) {
        ++candidate_;
        is_otherwise_ = false;
        return;
    }
    result_ = exists_ ? LookupProblem::no_address : LookupProblem::not_found;
}

bool DnsSearch::says_there_is_nothing() const noexcept {
    return !says_nothing_of_the_name(std::get<LookupProblem>(*result_));
}

std::string DnsSearch::problem_text() const {
    const std::size_t tried = candidate_ + 1;
    const std::string name = tried == 1 ? full_name() : io::lower_case(name_);
    const std::string names = tried == 1 ? "" : fmt::format(", under none of {} full names", tried);
    switch (std::get<LookupProblem>(*result_)) {
        case LookupProblem::timed_out:
            return fmt::format("{}: no nameserver has answered", full_name());
        case LookupProblem::not_found:
            return fmt::format("{}: no such name (NXDOMAIN){}", name, names);
        case LookupProblem::no_address:
            return fmt::format("{}: no {} records{}", name, types_text(choice_), names);
        case LookupProblem::server_failure:
            return fmt::format("{}: the nameserver failed or refuses (SERVFAIL, REFUSED)",
                               full_name());
        case LookupProblem::bad_answer:
            return fmt::format("{}: the nameserver gave a bad answer", full_name());
        case LookupProblem::too_long_or_invalid_name:
            return fmt::format("{}: this name cannot be asked for", full_name());
    }
    return {};
}

std::string DnsSearch::full_name() const {
    std::string full = candidates_.empty() ? name_ : candidates_[candidate_];
    if (full.ends_with('.')) {
        full.pop_back();
    }
    return io::lower_case(full);
}

}  // namespace ringside::discovery
