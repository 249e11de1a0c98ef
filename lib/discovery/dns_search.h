// The way from a name, as somebody has written it, to its records: which full names are asked for
// and in which order, as glibc does it with the search list of resolv.conf. Pure.
//
// Two differences from glibc, as what is looked for is a membership and not any address. Only the
// word of a nameserver that there is no such name, or no such record, leads to the next full name:
// SERVFAIL does not, as the wrong name might have an address, too (a wildcard). And the full name
// that had nodes once is the only one from then on, until the search list changes: a service
// without a single ready pod is NXDOMAIN as well.
#pragma once

#include "config/source.h"
#include "io/dns_answer.h"
#include "io/record_resolver.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ringside::discovery {

// What is wanted of a name.
struct RecordChoice {
    // All of these are asked for, and what is found is taken together.
    std::vector<io::RecordType> types;
    // Of a full name that has none of them, but exists; empty: nothing.
    std::vector<io::RecordType> otherwise = {};

    bool operator==(const RecordChoice&) const = default;
};
RecordChoice choice_of(config::DnsFamily family);

// A failure, unlike the word that there is no such name, or no such record.
bool says_nothing_of_the_name(io::LookupProblem problem) noexcept;

// A value, owned by a DnsMachine.
class DnsSearch {
  public:
    explicit DnsSearch(std::string name) : name_(std::move(name)) {}

    // The full name that was kept is the only one that is asked for, unless the search list is
    // another one.
    // `asks_all`: types of `otherwise` also of a full name of which the word is that there is none.
    void begin(const RecordChoice& choice, const io::SearchList& list, bool asks_all = false);

    // What to ask now; nothing once it is over. Requires: begin() was called.
    std::vector<io::RecordWish> wishes() const;
    bool is_over() const noexcept { return result_.has_value(); }
    // The answers to wishes(), in their order. Requires: !is_over().
    void take(std::span<const io::RecordResult> results);

    // The records are of use: nothing but this full name is asked for from now on. Requires: they
    // are the result.
    void keep_full_name() { kept_ = full_name(); }

    // Requires: is_over().
    const io::RecordResult& result() const noexcept { return *result_; }
    // For people, if the result is a problem: "a.example: no such name (NXDOMAIN)".
    std::string problem_text() const;
    // It is the nameservers' word: no such name, or no such record. Requires: likewise.
    bool says_there_is_nothing() const noexcept;
    const std::string& name() const noexcept { return name_; }
    // The one that was asked for last, or has the records, without a dot at its end.
    std::string full_name() const;
    // How many other full names were asked for in vain before that one, in this search.
    std::size_t detours() const noexcept { return candidate_; }

  private:
    void next(io::LookupProblem problem);

    const std::string name_;
    io::SearchList list_;
    std::optional<std::string> kept_;
    std::vector<std::string> candidates_;  // full names in the order to ask
    std::size_t candidate_ = 0;            // that is asked for now
    RecordChoice choice_;
    bool asks_all_ = false;
    bool is_otherwise_ = false;  // its first types were not there
    bool exists_ = false;        // one of the candidates did, without such records
    std::optional<io::RecordResult> result_;
};

}  // namespace ringside::discovery
