#include "io/name_resolver.h"

#include "base/host_name.h"
#include "io/ares_channel.h"
#include "io/host_names.h"
#include "io/name_files.h"
#include "io/socket.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace ringside::io {
namespace {

// A file that somebody may edit says nothing about how long it holds.
constexpr base::milliseconds kHostsTtl{60'000};

// What is said of a name if its full names, or its two kinds of records, have different problems:
// the later one in this order, for it says less about the name.
int weight_of(LookupProblem problem) noexcept {
    switch (problem) {
        case LookupProblem::too_long_or_invalid_name:
            return 0;
        case LookupProblem::not_found:
            return 1;
        case LookupProblem::no_address:
            return 2;
        case LookupProblem::bad_answer:
            return 3;
        case LookupProblem::server_failure:
            return 4;
        case LookupProblem::timed_out:
            return 5;
    }
    return 0;
}

LookupProblem heavier(LookupProblem a, LookupProblem b) noexcept {
    return weight_of(a) < weight_of(b) ? b : a;
}

}  // namespace

struct NameResolver::Question {
    OnFound on_found;
};

struct NameResolver::State : std::enable_shared_from_this<State> {
    struct Lookup;
    // Who waits, and for whom the others wait: those that were asked for a moment ago.
    struct Line {
        const std::size_t young_max;
        const std::size_t under_way_max;  // of both lines together
        std::deque<std::weak_ptr<Lookup>> waiting;
        std::size_t young = 0;  // of those that have waited here
    };

    // One name that nameservers are asked for, or will be when its turn comes.
    struct Lookup {
        Lookup(EventLoop& loop, std::string wanted, base::TimePoint limit)
            : name(std::move(wanted)), deadline(limit), timer(loop) {}

        const std::string name;
        const base::TimePoint deadline;
        base::TimePoint started = base::kNever;
        EventLoop::Timer timer;
        std::vector<std::weak_ptr<Question>> questions;
        std::shared_ptr<AresChannel> channel;  // null while it waits in line
        std::vector<std::string> full_names;
        std::size_t full_name = 0;         // the one that is asked for now
        std::optional<LookupResult> ipv4;  // of that one
        std::optional<LookupResult> ipv6;
        LookupProblem problem = LookupProblem::not_found;  // of those before it
        bool is_young = false;  // asked for less than kNameIsSlowAfter ago
        Line* line = nullptr;   // in which it waits or has waited
    };
    using LookupPtr = std::shared_ptr<Lookup>;
    // What was found, and until when it holds.
    struct Kept {
        FoundAddresses result;
        base::TimePoint until;
    };

    State(EventLoop& owner_loop, Options settings)
        : loop(owner_loop), options(std::move(settings)), hosts(options.hosts) {}

    EventLoop& loop;
    const Options options;
    HostsFile hosts;
    FileStamp resolv_conf;                 // of the one that `channel` has read
    std::shared_ptr<AresChannel> channel;  // the newest; older ones belong to lookups under way
    std::unordered_map<std::string, LookupPtr> lookups;  // by name: under way or in line
    // Names that had no answer at all when they were last asked for have a line of their own:
    // hundreds of them hold up each other, and none that is answered.
    Line line{base::kNamesAskedAtOnceMax, base::kNamesUnderWayMax, {}};
    Line line_of_silent{
        base::kSilentNamesAskedAtOnceMax, base::kNamesUnderWayMax - base::kNamesAskedAtOnceMax, {}};
    std::unordered_set<std::string> silent;
    std::size_t under_way = 0;
    std::unordered_map<std::string, Kept> kept;
    Counters counters;
    bool is_closed = false;  // nobody is told anything any more

    LookupProblem failed(LookupProblem problem) {
        ++counters.failed[static_cast<std::size_t>(problem)];
        return problem;
    }
    std::optional<LookupResult> local_answer(const std::string& host);
    std::optional<FoundAddresses> kept_answer(const std::string& name);
    void tell_later(const QuestionPtr& question, LookupResult result);

    void join(const std::string& name, const QuestionPtr& question);
    void start_next();
    void start(const LookupPtr& lookup);
    void open_channel();
    void ask_full_name(const LookupPtr& lookup);
    void on_answer(const LookupPtr& lookup, IpFamily family, const LookupResult& result);
    void on_both_answers(const LookupPtr& lookup);
    void arm(const LookupPtr& lookup, base::TimePoint time);
    void on_timer(const LookupPtr& lookup);
    void no_longer_young(Lookup& lookup);
    void remember(const std::string& name, bool is_silent);
    void finish(const LookupPtr& lookup, LookupResult result);
    void keep(const Lookup& lookup, LookupResult& result);
};

namespace {

const FoundAddresses* addresses_in(const std::optional<LookupResult>& result) noexcept {
    return result ? std::get_if<FoundAddresses>(&*result) : nullptr;
}

// The addresses of both families, or nothing if there are none.
std::optional<FoundAddresses> merged(const std::optional<LookupResult>& ipv6,
                                     const std::optional<LookupResult>& ipv4) {
    std::optional<FoundAddresses> all;
    for (const auto* found : {addresses_in(ipv6), addresses_in(ipv4)}) {
        if (found == nullptr) {
            continue;
        }
        if (!all) {
            all = *found;
            continue;
        }
        all->ips.insert(all->ips.end(), found->ips.begin(), found->ips.end());
        all->ttl = std::min(all->ttl, found->ttl);
    }
    if (all) {
        sort_for_use(all->ips);
        all->ips.resize(std::min(all->ips.size(), base::kNameAddressesMax));
    }
    return all;
}

}  // namespace

// Nothing if nameservers have to be asked.
std::optional<LookupResult> NameResolver::State::local_answer(const std::string& host) {
    // Paths of unix sockets are no names, though numeric_address() takes them.
    if (!host.empty() && host.front() != '/' && numeric_address({host, 0})) {
        return FoundAddresses{{host}, base::kNameTtlMax};
    }
    if (!base::is_host_name(host)) {
        return failed(LookupProblem::too_long_or_invalid_name);
    }
    std::string name = lower_case(host);
    if (name.ends_with('.')) {
        name.pop_back();
    }
    if (const auto* ips = hosts.find(name)) {
        return FoundAddresses{*ips, kHostsTtl};
    }
    if (is_localhost(name)) {
        return FoundAddresses{{"127.0.0.1", "::1"}, kHostsTtl};
    }
    if (is_never_in_dns(name)) {
        return failed(LookupProblem::not_found);
    }
    return std::nullopt;
}

std::optional<FoundAddresses> NameResolver::State::kept_answer(const std::string& name) {
    const auto found = kept.find(name);
    if (found == kept.end()) {
        return std::nullopt;
    }
    const auto left =
        std::chrono::ceil<base::milliseconds>(found->second.until - base::Clock::now());
    if (left.count() <= 0) {
        kept.erase(found);
        return std::nullopt;
    }
    FoundAddresses result = found->second.result;
    result.ttl = left;
    return result;
}

void NameResolver::State::tell_later(const QuestionPtr& question, LookupResult result) {
    loop.post([weak = weak_from_this(), weak_question = std::weak_ptr<Question>(question),
               result = std::move(result)] {
        const auto state = weak.lock();
        const auto asked = weak_question.lock();
        if (state && !state->is_closed && asked) {
            asked->on_found(result);
        }
    });
}

void NameResolver::State::join(const std::string& name, const QuestionPtr& question) {
    auto& lookup = lookups[name];
    if (!lookup) {
        const auto deadline = base::Clock::now() + options.lookup_limit;
        lookup = std::make_shared<Lookup>(loop, name, deadline);
        arm(lookup, deadline);
        lookup->line = silent.contains(name) ? &line_of_silent : &line;
        lookup->line->waiting.push_back(lookup);
    }
    // Those that were dropped do not pile up while the name has no answer.
    auto& questions = lookup->questions;
    if (questions.size() == questions.capacity()) {
        std::erase_if(questions, [](const auto& asked) { return asked.expired(); });
    }
    questions.push_back(question);
    start_next();
}

void NameResolver::State::start_next() {
    for (Line* from : {&line, &line_of_silent}) {
        while (!from->waiting.empty() && from->young < from->young_max &&
               under_way < from->under_way_max) {
            const LookupPtr lookup = from->waiting.front().lock();  // null if its time was up
            from->waiting.pop_front();
            if (lookup) {
                start(lookup);
            }
        }
    }
}

void NameResolver::State::start(const LookupPtr& lookup) {
    open_channel();
    lookup->channel = channel;
    lookup->full_names = full_names(lookup->name, channel->search_domains(), channel->ndots());
    lookup->started = base::Clock::now();
    lookup->is_young = true;
    ++lookup->line->young;
    ++under_way;
    ++counters.lookups;
    arm(lookup, std::min(lookup->deadline, lookup->started + base::kNameIsSlowAfter));
    ask_full_name(lookup);
}

void NameResolver::State::open_channel() {
    const FileStamp now = FileStamp::of(options.resolv_conf);
    if (channel && channel->is_open() && now == resolv_conf) {
        return;
    }
    if (now != resolv_conf) {
        kept.clear();  // other nameservers may have other answers
    }
    resolv_conf = now;
    channel = std::make_shared<AresChannel>(
        loop, AresChannel::Options{options.try_timeout, options.tries, options.resolv_conf,
                                   options.servers, options.port});
}

void NameResolver::State::ask_full_name(const LookupPtr& lookup) {
    lookup->ipv4.reset();
    lookup->ipv6.reset();
    for (const IpFamily family : {IpFamily::ipv4, IpFamily::ipv6}) {
        lookup->channel->ask(lookup->full_names[lookup->full_name], family,
                             [weak = weak_from_this(), weak_lookup = std::weak_ptr<Lookup>(lookup),
                              family](const LookupResult& result) {
                                 const auto state = weak.lock();
                                 const auto open = weak_lookup.lock();
                                 if (state && open && !state->is_closed) {
                                     state->on_answer(open, family, result);
                                 }
                             });
    }
}

void NameResolver::State::on_answer(const LookupPtr& lookup, IpFamily family,
                                    const LookupResult& result) {
    (family == IpFamily::ipv4 ? lookup->ipv4 : lookup->ipv6) = result;
    if (lookup->ipv4 && lookup->ipv6) {
        on_both_answers(lookup);
    } else if (std::holds_alternative<FoundAddresses>(result)) {
        no_longer_young(*lookup);  // nobody else waits for the other family
        start_next();
        arm(lookup, std::min(lookup->deadline, base::Clock::now() + options.other_family_wait));
    }
}

void NameResolver::State::on_both_answers(const LookupPtr& lookup) {
    if (auto found = merged(lookup->ipv6, lookup->ipv4)) {
        finish(lookup, std::move(*found));
        return;
    }
    const LookupProblem problem =
        heavier(std::get<LookupProblem>(*lookup->ipv4), std::get<LookupProblem>(*lookup->ipv6));
    lookup->problem = heavier(lookup->problem, problem);
    // As glibc: a nameserver that is silent would be for the next full name as well.
    const bool is_last = lookup->full_name + 1 == lookup->full_names.size();
    if (is_last || problem == LookupProblem::timed_out) {
        finish(lookup, lookup->problem);
        return;
    }
    ++lookup->full_name;
    ask_full_name(lookup);
}

void NameResolver::State::arm(const LookupPtr& lookup, base::TimePoint time) {
    lookup->timer.arm(time, [weak = weak_from_this(), weak_lookup = std::weak_ptr<Lookup>(lookup)] {
        const auto state = weak.lock();
        const auto open = weak_lookup.lock();
        if (state && open && !state->is_closed) {
            state->on_timer(open);
        }
    });
}

void NameResolver::State::on_timer(const LookupPtr& lookup) {
    if (auto found = merged(lookup->ipv6, lookup->ipv4)) {
        finish(lookup, std::move(*found));
        return;
    }
    if (base::Clock::now() < lookup->deadline) {
        no_longer_young(*lookup);
        arm(lookup, lookup->deadline);
        start_next();
        return;
    }
    // c-ares should have given up before; should it have lost the question, it must not lose more.
    if (channel == lookup->channel) {
        channel.reset();
    }
    finish(lookup, LookupProblem::timed_out);
}

void NameResolver::State::no_longer_young(Lookup& lookup) {
    if (std::exchange(lookup.is_young, false)) {
        --lookup.line->young;
    }
}

void NameResolver::State::remember(const std::string& name, bool is_silent) {
    if (!is_silent) {
        silent.erase(name);
        return;
    }
    if (silent.size() >= base::kNamesKeptMax) {
        silent.clear();  // most of them are asked for no more
    }
    silent.insert(name);
}

// The last thing that is done with a lookup: `this` may be closed when it returns.
void NameResolver::State::finish(const LookupPtr& lookup, LookupResult result) {
    lookup->timer.cancel();
    const auto* problem = std::get_if<LookupProblem>(&result);
    if (problem != nullptr) {
        failed(*problem);
    } else {
        ++counters.answered;
    }
    if (lookup->channel) {
        remember(lookup->name, problem != nullptr && *problem == LookupProblem::timed_out);
    }
    no_longer_young(*lookup);
    under_way -= lookup->channel ? 1 : 0;
    keep(*lookup, result);
    lookups.erase(lookup->name);
    start_next();
    for (const auto& weak_question : std::exchange(lookup->questions, {})) {
        const auto question = weak_question.lock();
        if (question && !is_closed) {
            question->on_found(result);
        }
    }
}

// For as long as the records say, and at least as long as it took to find: who could not wait that
// long asks again and has it. A failure is not kept: a node may join in the moment after its name
// was missing, and who uses names paces its questions (NameBook).
void NameResolver::State::keep(const Lookup& lookup, LookupResult& result) {
    auto* const found = std::get_if<FoundAddresses>(&result);
    if (found == nullptr) {
        return;
    }
    const base::TimePoint now = base::Clock::now();
    found->ttl = std::clamp(found->ttl, base::kNameTtlMin, base::kNameTtlMax);
    const auto time = std::max<base::Duration>(found->ttl, now - lookup.started);
    if (kept.size() >= base::kNamesKeptMax) {
        std::erase_if(kept, [now](const auto& entry) { return entry.second.until <= now; });
    }
    if (kept.size() < base::kNamesKeptMax) {
        kept.insert_or_assign(lookup.name, Kept{*found, now + time});
    }
}

NameResolver::NameResolver(EventLoop& loop, Options options)
    : state_(std::make_shared<State>(loop, std::move(options))) {}

NameResolver::~NameResolver() {
    state_->is_closed = true;
    state_->lookups.clear();
    state_->channel.reset();
}

NameResolver::QuestionPtr NameResolver::ask(const std::string& host, OnFound on_found) {
    auto question = std::make_shared<Question>(Question{std::move(on_found)});
    State& state = *state_;
    ++state.counters.asked;
    if (auto answer = state.local_answer(host)) {
        ++state.counters.local;
        state.tell_later(question, std::move(*answer));
        return question;
    }
    const std::string name = lower_case(host);
    if (auto answer = state.kept_answer(name)) {
        ++state.counters.from_cache;
        state.tell_later(question, std::move(*answer));
    } else if (state.lookups.size() >= base::kNamesKeptMax) {
        state.tell_later(question, state.failed(LookupProblem::timed_out));
    } else {
        state.join(name, question);
    }
    return question;
}

void NameResolver::doubt(const std::string& host) noexcept {
    state_->kept.erase(lower_case(host));
}

const NameResolver::Counters& NameResolver::counters() const noexcept {
    return state_->counters;
}

}  // namespace ringside::io
