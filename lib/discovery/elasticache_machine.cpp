#include "discovery/elasticache_machine.h"

#include "config/source_rows.h"
#include "health/backoff.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::Error;
using base::milliseconds;
using routing::Address;
using routing::Membership;

// Nothing works before the first list, so it is asked for eagerly, but not by all at once for long.
constexpr milliseconds kFirstRetry{100};
constexpr milliseconds kFirstRetryMax{5000};
constexpr double kFirstRetryFactor = 2;

// How an operator has an answer taken that is refused as the past.
constexpr std::string_view kOperatorsWord = "ringctl refresh POOL --accept-older";

// A server with TLS may hang up on what is no handshake, without a word.
constexpr std::string_view kWhyNoByte = ", as one with encryption in transit (TLS) does";

std::vector<Address> addresses_of(const Membership& membership) {
    std::vector<Address> addresses;
    for (const routing::Member& member : membership.members) {
        addresses.push_back(member.address);
    }
    return addresses;
}

bool is_whole(std::string_view answer) {
    return parse_elasticache_answer(answer).status != AnswerStatus::need_more;
}

void add_name(std::set<std::string>& hosts, const Address& address) {
    if (address.is_name()) {
        hosts.insert(address.host);
    }
}

}  // namespace

ElastiCacheMachine::ElastiCacheMachine(std::uint64_t seed) : random_(seed) {}

SourceActions ElastiCacheMachine::resume(const SourceEvent& event, base::TimePoint now) {
    now_ = now;
    actions_ = {};
    std::visit([this](const auto& each) { on(each); }, event);
    use_names();
    return std::exchange(actions_, {});
}

// --- what happens ---

void ElastiCacheMachine::on(const Started& event) {
    source_ = std::get<config::ElastiCacheSource>(event.settings);
    answered_ = false;
    is_spread_ = false;
    first_retry_ = kFirstRetry;
    rule_.on_no_answer();  // since the stop, if there was one
    hosts_.clear();
    names_.clear();
    begin_poll();
}

void ElastiCacheMachine::on(const RefreshAsked& event) {
    // Else the answer of the poll under way is the one that is wanted; but one that waits for nodes
    // to confirm a list need not wait any more.
    if (!poll_ || event.accept_older) {
        begin_poll();
        poll_->accepts_older = event.accept_older;
    }
}

void ElastiCacheMachine::on(const SettingsChanged& event) {
    source_ = std::get<config::ElastiCacheSource>(event.settings);
    is_spread_ = false;  // all sidecars may have them at once
    if (!poll_) {
        begin_poll();
    } else if (!poll_->waits_for_name) {
        ask(poll_->asked, poll_->command);  // anew: the old timeout might never end
    }
}

void ElastiCacheMachine::on(const MembersKnown& event) {
    known_ = addresses_of(event.members);
    const bool are_own = event.source == describe(config::Source(source_));
    has_listed_ = has_listed_ || (are_own && !known_.empty() && !is_only_known());
    if (known_.empty()) {
        // Nothing works until there is another list, and nothing is lost by one of a cluster that
        // was made anew meanwhile.
        rule_ = VersionRule();
        if (std::exchange(answered_, false)) {
            first_retry_ = kFirstRetry;
        }
        if (!poll_) {
            wait(first_pause());
        }
    }
}

void ElastiCacheMachine::on(const NameTold& event) {
    names_[event.host] = event.state;
    if (poll_ && poll_->waits_for_name && poll_->asked.host == event.host) {
        ask(poll_->asked, poll_->command);
    } else if (!poll_ && !event.failed && !rule_.current() && event.host == source_.endpoint.host) {
        begin_poll();  // nothing works before the first list
    }
}

void ElastiCacheMachine::on(const TimeCame&) {
    if (!poll_) {
        begin_poll();
    }
}

void ElastiCacheMachine::on(const Answered& event) {
    if (!poll_ || poll_->waits_for_name) {
        return;  // nobody waits for it any more
    }
    if (!event.bytes) {
        on_unusable(event.bytes.error());
        return;
    }
    ElastiCacheAnswer answer = parse_elasticache_answer(*event.bytes);
    is_plain_ = is_plain_ || answer.status == AnswerStatus::complete;
    switch (answer.status) {
        case AnswerStatus::complete:
            on_list(std::move(answer.membership));
            return;
        case AnswerStatus::unknown:
        case AnswerStatus::refused:
        case AnswerStatus::unset:
            on_no_list(std::move(answer));
            return;
        case AnswerStatus::no_nodes: {
            const bool is_past = rule_.current() &&
                                 answer.membership.source_version < rule_.current()->source_version;
            on_unusable(Error{is_past ? Errc::conflict : Errc::not_found, answer.problem});
            return;
        }
        case AnswerStatus::malformed:
        case AnswerStatus::need_more:
            break;
    }
    on_unusable(Error{Errc::malformed, std::move(answer.problem)});
}

// Only the endpoint is asked both ways: a plain memcached behind it, where any client may write the
// reserved key, must not become a source.
void ElastiCacheMachine::on_no_list(ElastiCacheAnswer answer) {
    Error problem{Errc::malformed, std::move(answer.problem)};
    if (poll_->asked != source_.endpoint) {
        on_unusable(std::move(problem));
        return;
    }
    const bool is_config_get = poll_->command == Command::config_get;
    poll_->config_is_unknown |= is_config_get && answer.status == AnswerStatus::unknown;
    poll_->legacy_is_unset |= !is_config_get && answer.status == AnswerStatus::unset;
    if (!std::exchange(poll_->both_commands_tried, true)) {
        poll_->problem = std::move(problem);
        ask(poll_->asked, is_config_get ? Command::legacy_get : Command::config_get);
        return;
    }
    if (poll_->config_is_unknown && poll_->legacy_is_unset) {
        if (!has_listed_ || poll_->accepts_older) {
            be_alone();
            return;
        }
        if (!poll_->others_chosen) {  // else said already: it is one of its own nodes
            poll_->problem.message += fmt::format(
                ", as of an endpoint that knows no list; the one that it gave stays ({} makes it "
                "the only node)",
                kOperatorsWord);
        }
    }
    on_unusable(std::move(problem));
}

// --- one poll ---

void ElastiCacheMachine::begin_poll() {
    poll_ = Poll{};
    actions_.wake_at = base::kNever;
    ask(source_.endpoint, command_);
}

void ElastiCacheMachine::ask(const Address& address, Command command) {
    poll_->asked = address;
    poll_->command = command;
    poll_->waits_for_name = false;
    if (!poll_->asked.is_name()) {
        ask_at({poll_->asked});
        return;
    }
    const auto name = names_.find(poll_->asked.host);
    if (name == names_.end() || name->second.is_pending()) {
        poll_->waits_for_name = true;
        return;
    }
    if (name->second.ips.empty()) {
        on_unusable(
            Error{Errc::io, fmt::format("{}: {}", poll_->asked.host, name->second.problem)});
        return;
    }
    std::vector<Address> addresses;
    for (const std::string& ip : name->second.ips) {
        addresses.push_back({ip, poll_->asked.port});
    }
    ask_at(std::move(addresses));
}

void ElastiCacheMachine::ask_at(std::vector<Address> addresses) {
    actions_.ask = NodeQuestion{.addresses = std::move(addresses),
                                .bytes = std::string(bytes_of(poll_->command)),
                                .is_whole = is_whole,
                                .timeout = source_.timeout,
                                .why_no_byte = is_plain_ ? "" : kWhyNoByte};
}

void ElastiCacheMachine::on_list(Membership membership) {
    if (!is_confirming()) {
        const VersionRule::Verdict verdict = rule_.judge(membership);
        poll_->accepts_older ? take_any(verdict, std::move(membership))
                             : on_judged(verdict, std::move(membership));
        return;
    }
    if (!same_answer(membership, poll_->unconfirmed)) {
        ask_other_or_fail();
        return;
    }
    actions_.log = fmt::format(
        "{}: version {} taken for a cluster made anew: {} answers in a row and node {} agree",
        to_string(source_.endpoint), membership.source_version, rule_.older_answers(),
        to_string(poll_->asked));
    succeed(std::move(membership));
}

void ElastiCacheMachine::take_any(VersionRule::Verdict verdict, Membership membership) {
    if (verdict == VersionRule::Verdict::older || verdict == VersionRule::Verdict::recreated) {
        actions_.log =
            fmt::format("{}: version {} taken by the operator's word, though it is older than {}",
                        to_string(source_.endpoint), membership.source_version,
                        rule_.current()->source_version);
    }
    answered_ = true;
    succeed(std::move(membership));
}

void ElastiCacheMachine::on_judged(VersionRule::Verdict verdict, Membership membership) {
    const bool is_first_answer = !std::exchange(answered_, true);
    switch (verdict) {
        case VersionRule::Verdict::news:
        case VersionRule::Verdict::unchanged:
            succeed(std::move(membership));
            return;
        case VersionRule::Verdict::older:
        case VersionRule::Verdict::recreated:
            break;
    }
    if (is_first_answer) {
        // The source is there but lags behind what it said before it was stopped, and the pool may
        // have had another source since: it is told again.
        end_poll(spread_interval());
        actions_.tell = *rule_.current();
        return;
    }
    poll_->problem =
        Error{Errc::conflict, fmt::format("version {} is older than {}, which stays ({} takes it)",
                                          membership.source_version,
                                          rule_.current()->source_version, kOperatorsWord)};
    if (verdict == VersionRule::Verdict::older) {
        fail();
        return;
    }
    poll_->others = choose_others(addresses_of(membership));
    poll_->others_chosen = true;
    poll_->unconfirmed = std::move(membership);
    ask_other_or_fail();
}

void ElastiCacheMachine::on_unusable(Error error) {
    if (poll_->problem.message.empty()) {
        poll_->problem = std::move(error);
    }
    if (!poll_->others_chosen) {
        poll_->others_chosen = true;
        poll_->others = choose_others(known_);
    }
    ask_other_or_fail();
}

void ElastiCacheMachine::ask_other_or_fail() {
    if (!poll_->others.empty()) {
        const Address next = std::move(poll_->others.back());
        poll_->others.pop_back();
        ask(next, command_);
        return;
    }
    if (!is_confirming()) {
        rule_.on_no_answer();
    }
    fail();
}

// An endpoint that knows no list of nodes is one itself. VersionRule is not told: the first real
// list is the first.
void ElastiCacheMachine::be_alone() {
    if (!std::exchange(is_alone_, true)) {
        actions_.log = fmt::format(
            "{} knows no \"config\" command, as an ElastiCache Serverless endpoint: it is the only "
            "node",
            to_string(source_.endpoint));
    }
    answered_ = true;
    has_listed_ = false;  // not what it is now
    rule_ = VersionRule();
    answered_by_ = to_string(source_.endpoint);
    end_poll(spread_interval());
    actions_.tell = Membership{.members = {{.name = routing::default_ring_name(source_.endpoint),
                                            .address = source_.endpoint}}};
}

void ElastiCacheMachine::succeed(Membership membership) {
    rule_.take(membership);
    has_listed_ = has_listed_ || !is_only_known();  // else once the pool has taken the list
    is_alone_ = false;
    command_ = poll_->command;
    answered_by_ = to_string(poll_->asked);
    end_poll(spread_interval());
    actions_.tell = std::move(membership);
}

void ElastiCacheMachine::fail() {
    actions_.tell = std::move(poll_->problem);
    if (answered_) {
        end_poll(spread_interval());
        return;
    }
    end_poll(first_pause());
}

milliseconds ElastiCacheMachine::first_pause() {
    const milliseconds longest = std::min(first_retry_, source_.interval);
    first_retry_ = health::grown_delay(first_retry_, kFirstRetryFactor, kFirstRetryMax);
    return health::retry_pause(longest, random());
}

void ElastiCacheMachine::end_poll(milliseconds pause) {
    poll_.reset();
    facts_ = {.way = fmt::format("asked with \"{}\" at an interval{}",
                                 command_ == Command::config_get ? "config get cluster"
                                                                 : "get AmazonElastiCache:cluster",
                                 is_alone_ ? ", which it does not know: it is the only node" : ""),
              .last_poll = now_,
              .answered_by = answered_by_,
              .version = rule_.current() ? std::to_string(rule_.current()->source_version) : ""};
    wait(pause);
}

void ElastiCacheMachine::wait(milliseconds pause) {
    facts_.next_poll = now_ + pause;
    actions_.facts = facts_;
    actions_.wake_at = now_ + pause;
}

// The endpoint's and those of all who may be asked next.
void ElastiCacheMachine::use_names() {
    std::set<std::string> hosts;
    add_name(hosts, source_.endpoint);
    for (const Address& address : known_) {
        add_name(hosts, address);
    }
    if (poll_) {
        add_name(hosts, poll_->asked);
        for (const Address& address : poll_->others) {
            add_name(hosts, address);
        }
    }
    if (hosts == hosts_) {
        return;
    }
    std::erase_if(names_, [&hosts](const auto& name) { return !hosts.contains(name.first); });
    actions_.names = hosts;
    hosts_ = std::move(hosts);
}

std::vector<Address> ElastiCacheMachine::choose_others(std::vector<Address> from) {
    std::shuffle(from.begin(), from.end(), random_);
    from.resize(std::min(from.size(), kOthersMax));
    return from;
}

// Sidecars that have begun together do not stay together: the first pause is any part of one.
milliseconds ElastiCacheMachine::spread_interval() {
    return std::exchange(is_spread_, true) ? health::spread_interval(source_.interval, random())
                                           : health::retry_pause(source_.interval, random());
}

double ElastiCacheMachine::random() {
    return std::uniform_real_distribution<double>(0, 1)(random_);
}

std::string_view ElastiCacheMachine::bytes_of(Command command) noexcept {
    switch (command) {
        case Command::config_get:
            return "config get cluster\r\n";
        case Command::legacy_get:
            return "get AmazonElastiCache:cluster\r\n";
    }
    return {};
}

}  // namespace ringside::discovery
