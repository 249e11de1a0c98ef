#include "discovery/dns_machine.h"

#include "config/source_rows.h"
#include "health/backoff.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::Error;
using base::Expected;
using base::milliseconds;
using routing::Membership;

// Nothing works before the first list, so it is asked for eagerly, but not by all at once for long.
// These are the longest pauses.
constexpr milliseconds kFirstRetry{100};
constexpr milliseconds kFirstRetryMax{5'000};
// After it the ring stands meanwhile.
constexpr milliseconds kRetry{1'000};
constexpr milliseconds kRetryMax{30'000};
constexpr double kRetryFactor = 2;

// A nameserver that keeps records for many lets all of them see a record end at the same moment.
// Who asks before has learnt nothing and must ask again, so the quarter behind it is where all ask:
// four times as many as if they asked at any time, and no rule that is as fresh has fewer. Who asks
// late in it hears of less time to live than the record has, so the quarter is that of the answer
// before, if that is more.
milliseconds spread_ttl(milliseconds ttl, milliseconds ttl_before, double random) {
    return ttl + health::jitter(std::max(ttl, ttl_before) / 4, random);
}

// The nameservers' word, unlike a failure.
bool says_nothing(const Expected<Members>& found) noexcept {
    return !found && found.error().code == Errc::not_found;
}

}  // namespace

DnsMachine::DnsMachine(std::uint64_t seed) : random_(seed) {}

SourceActions DnsMachine::resume(const SourceEvent& event, base::TimePoint now) {
    now_ = now;
    actions_ = {};
    std::visit([this](const auto& each) { on(each); }, event);
    return std::exchange(actions_, {});
}

// --- what happens ---

void DnsMachine::on(const Started& event) {
    search_list_.reset();  // resolv.conf may be another one by now
    retry_ = milliseconds(0);
    told_since_start_ = false;
    take_settings(event.settings);
    begin_poll();
}

void DnsMachine::on(const SettingsChanged& event) {
    take_settings(event.settings);
    begin_poll();  // anew, if one is under way: the old timeout might never end
}

void DnsMachine::on(const RefreshAsked& event) {
    for_agreement_ = for_agreement_ || event.for_agreement;
    if (!poll_) {  // else its answer is the one that is wanted
        begin_poll();
    }
}

void DnsMachine::on(const MembersKnown& event) {
    has_members_ = !event.members.members.empty();
    known_ = members_as_in_dns(event.members, is_service_);
    are_own_ = event.source == described_;
    if (has_members_) {
        return;
    }
    // Lists from before do not come back, and nothing works until there is another one.
    told_ = {};
    for (Name& name : names_) {
        name.last_good.reset();
    }
    retry_ = std::min(retry_, kFirstRetryMax);
    if (!poll_ && retry_.count() != 0) {
        wait(health::retry_pause(retry_, random()));
    }
}

void DnsMachine::on(const TimeCame&) {
    if (!poll_) {
        begin_poll();
    }
}

void DnsMachine::on(const RecordsAnswered& event) {
    if (!poll_ || event.results.size() != poll_->asked.size()) {
        return;  // nobody waits for it any more
    }
    const bool is_first = !search_list_.has_value();
    search_list_ = event.search_list;
    if (is_first) {
        begin_searches();
    } else {
        take_results(event);
    }
    ask();
}

// The names stay, or it would be another source.
void DnsMachine::take_settings(const config::Source& settings) {
    described_ = describe(settings);
    const bool is_first = names_.empty();
    if (const auto* const service = std::get_if<config::SrvSource>(&settings)) {
        is_service_ = true;
        use_weights_ = service->weights;
        choice_ = {.types = {io::RecordType::srv}};
        times_ = service->times;
        if (is_first) {
            names_.emplace_back(service->name);
        }
        return;
    }
    const auto& source = std::get<config::DnsSource>(settings);
    choice_ = choice_of(source.family);
    times_ = source.times;
    for (std::size_t i = 0; is_first && i < source.names.size(); ++i) {
        names_.emplace_back(source.names[i].host).port = source.names[i].port;
    }
}

// --- one poll ---

void DnsMachine::begin_poll() {
    poll_ = Poll{};
    actions_.wake_at = base::kNever;
    if (search_list_) {
        begin_searches();
    }
    ask();
}

void DnsMachine::begin_searches() {
    for (Name& name : names_) {
        name.unconfirmed.clear();
        if (!poll_->is_confirming) {
            name.heard.clear();
        }
        // What was heard of the other types is confirmed as well, though one says NXDOMAIN before.
        const bool has_gone_on =
            std::any_of(name.heard.begin(), name.heard.end(), [this](const DnsHeard& each) {
                return std::count(choice_.otherwise.begin(), choice_.otherwise.end(),
                                  each.wish.type) > 0;
            });
        name.search.begin(choice_, *search_list_, has_gone_on);
    }
}

// What is to be asked next; if nothing is, all is known.
void DnsMachine::ask() {
    RecordQuestion question{.wishes = {}, .timeout = times_.timeout};
    poll_->asked.clear();
    for (std::size_t i = 0; search_list_ && i < names_.size(); ++i) {
        for (io::RecordWish& wish : names_[i].search.wishes()) {
            if (poll_->is_confirming) {
                wish.not_of = spoken_for(names_[i].heard, wish);
            }
            question.wishes.push_back(wish);
            poll_->asked.push_back({i, std::move(wish)});
        }
    }
    if (search_list_ && question.wishes.empty()) {
        on_searched();
        return;
    }
    actions_.ask = std::move(question);
}

void DnsMachine::take_results(const RecordsAnswered& event) {
    const std::vector<io::RecordResult>& results = event.results;
    for (std::size_t begin = 0; begin < results.size();) {
        const std::size_t asked = poll_->asked[begin].name;
        std::vector<io::RecordResult> of_name;
        for (; begin < results.size() && poll_->asked[begin].name == asked; ++begin) {
            const std::string server = begin < event.servers.size() ? event.servers[begin] : "";
            of_name.push_back(
                taken(names_[asked], {poll_->asked[begin].wish, results[begin], server}));
        }
        names_[asked].search.take(of_name);
    }
}

// In the second search the other nameserver may fail for one type of records only. Where that has
// nobody to take away what was heard of it first stands.
io::RecordResult DnsMachine::taken(Name& name, DnsHeard heard) const {
    if (!poll_->is_confirming) {
        name.heard.push_back(heard);
        return std::move(heard.result);
    }
    if (!is_failure(heard.result)) {
        return std::move(heard.result);
    }
    const DnsHeard* const first = heard_of(name.heard, heard.wish);
    if (first != nullptr && takes_nobody_away(name, *first)) {
        return first->result;
    }
    name.unconfirmed = heard.wish.not_of;
    return std::move(heard.result);
}

// Each node that leaves has left the records of another type that were heard beside these.
bool DnsMachine::takes_nobody_away(const Name& name, const DnsHeard& first) const {
    const Members& leaving = poll_->leaving;
    return !leaving.empty() &&
           std::all_of(leaving.begin(), leaving.end(), [&](const routing::Member& member) {
               const io::RecordType type = record_type_of(member);
               return type != first.wish.type &&
                      std::any_of(name.heard.begin(), name.heard.end(),
                                  [type](const DnsHeard& each) { return each.wish.type == type; });
           });
}

void DnsMachine::on_searched() {
    for (Name& name : names_) {
        take_found(name);
    }
    Expected<Membership> list = list_of_all();
    if (!poll_->is_confirming && needs_confirming(list)) {
        poll_->is_confirming = true;
        poll_->leaving = leaving_by(list);
        begin_searches();
        ask();
        return;
    }
    if (may_keep_saved()) {
        keep_saved();
        list = list_of_all();
    }
    if (list) {
        note_names_without_nodes();
    }
    tell(std::move(list));
}

// One nameserver's word takes no node away. What was never there cannot be lost.
bool DnsMachine::needs_confirming(const Expected<Membership>& list) const {
    if (problems_code() == Errc::not_found) {
        return has_members_ || !told_.members.empty();
    }
    const bool one_has_nothing = std::any_of(names_.begin(), names_.end(), [](const Name& name) {
        return says_nothing(name.found) && !name.last_good;
    });
    return list && (one_has_nothing || !leaving_by(list).empty());
}

Members DnsMachine::leaving_by(const Expected<Membership>& list) const {
    Members before = told_.members;
    if (!told_since_start_) {
        add_members(before, known_);
    }
    // That there is nothing takes all away, though the last nodes stand for it in the list.
    const bool has_nodes = list && problems_code() != Errc::not_found;
    return lost_members(before, has_nodes ? *list : Membership());
}

// A list from before the start is the last one of all names; which nodes were whose is not known.
bool DnsMachine::may_keep_saved() const noexcept {
    return told_.members.empty() && are_own_ && !known_.empty() && poll_->has_nodes;
}

Members DnsMachine::saved_rest() const {
    Membership found;
    for (const Name& name : names_) {
        if (name.found) {
            add_members(found.members, *name.found);
        }
    }
    return lost_members(known_, found);
}

// The nodes that no other name has now are those of the names that fail. One that says it has none
// may have had none before: its nodes would stay for ever.
void DnsMachine::keep_saved() {
    const Members rest = saved_rest();
    for (Name& name : names_) {
        if (!name.found && !name.last_good && !says_nothing(name.found)) {
            name.last_good = rest;
        }
    }
}

// Nodes of the others need not wait for them.
void DnsMachine::note_names_without_nodes() {
    for (Name& name : names_) {
        if (!name.last_good && says_nothing(name.found)) {
            name.last_good = Members();
            add_log(fmt::format("dns {}; it counts as a name without nodes until it has some",
                                name.found.error().message));
        }
    }
}

bool DnsMachine::has_none(const Name& name) noexcept {
    return says_nothing(name.found) && name.last_good && name.last_good->empty();
}

void DnsMachine::take_found(Name& name) {
    Expected<Members> found = members_of(name);
    if (found) {
        name.search.keep_full_name();
        poll_->has_nodes = true;
        advise(name);
        poll_->ttl = std::min(poll_->ttl, std::get<io::DnsRecords>(name.search.result()).ttl);
    }
    name.found = poll_->is_confirming ? confirmed(name, std::move(found)) : std::move(found);
}

// What either search has. That there is nothing is an answer without nodes; a failure is none, and
// the last nodes stand for it: who has joined by the first answer is one of them.
Expected<Members> DnsMachine::confirmed(Name& name, Expected<Members> second) const {
    const Expected<Members>& first = name.found;
    const bool is_first_said = first || says_nothing(first);
    if (says_nothing(second)) {
        return first ? first : second;
    }
    if (second) {
        if (first) {
            add_members(*second, *first);
        } else if (!is_first_said && name.last_good) {
            add_members(*second, *name.last_good);
        }
        return second;
    }
    if (first && !name.last_good && may_keep_saved()) {
        name.last_good = saved_rest();
    }
    if (first && name.last_good) {
        add_members(*name.last_good, *first);
    }
    if (is_first_said && !name.unconfirmed.empty()) {
        second.error().message +=
            fmt::format("; it was asked to confirm what {} says", name.unconfirmed);
    }
    return second;
}

Expected<Members> DnsMachine::members_of(const Name& name) const {
    const DnsSearch& search = name.search;
    const auto* const records = std::get_if<io::DnsRecords>(&search.result());
    if (records == nullptr) {
        return Error{search.says_there_is_nothing() ? Errc::not_found : Errc::io,
                     search.problem_text()};
    }
    Expected<Members> members =
        is_service_ ? members_of_service(*records, use_weights_) : members_at(*records, name.port);
    return members ? std::move(members) : members.error().in(search.full_name());
}

void DnsMachine::tell(Expected<Membership> list) {
    const std::string problem = list ? problems() : list.error().message;
    if (problem.empty()) {
        retry_ = milliseconds(0);
        const milliseconds ttl = std::clamp(poll_->ttl, times_.ttl_min, times_.ttl_max);
        end_poll(spread_ttl(ttl, std::exchange(last_ttl_, ttl), random()));
    } else {
        const bool is_first = told_.members.empty();
        retry_ = retry_.count() == 0 ? (is_first ? kFirstRetry : kRetry)
                                     : health::grown_delay(retry_, kRetryFactor,
                                                           is_first ? kFirstRetryMax : kRetryMax);
        end_poll(health::retry_pause(retry_, random()));
    }
    const bool for_agreement = std::exchange(for_agreement_, false);
    const bool tells_again = for_agreement && any_found();
    if (!list || (!problem.empty() && *list == told_ && !tells_again)) {
        actions_.tell = Error{list ? problems_code() : list.error().code, problem};
        return;
    }
    for (Name& name : names_) {
        if (name.found) {
            name.last_good = *name.found;
        }
    }
    if (!problem.empty()) {
        add_log(fmt::format("dns {}; its last nodes stay", problem));
    }
    told_ = *list;
    told_since_start_ = true;
    actions_.tell = std::move(*list);
}

void DnsMachine::end_poll(milliseconds pause) {
    facts_ = poll_facts();
    poll_.reset();
    wait(pause);
}

void DnsMachine::wait(milliseconds pause) {
    facts_.next_poll = now_ + pause;
    actions_.facts = facts_;
    actions_.wake_at = now_ + pause;
}

// Of the poll that ends now.
SourceFacts DnsMachine::poll_facts() const {
    SourceFacts facts{.way = "asked again when the records' time to live is over",
                      .last_poll = now_};
    if (poll_->ttl != milliseconds::max()) {
        facts.ttl = poll_->ttl;
    }
    for (const Name& name : names_) {
        const bool is_found = name.found.has_value();
        facts.names.push_back({.asked = name.search.name(),
                               .full_name = is_found ? name.search.full_name() : "",
                               .problem = is_found ? "" : name.found.error().message});
    }
    return facts;
}

// Once for each name that was found by way of others.
void DnsMachine::advise(Name& name) {
    const DnsSearch& search = name.search;
    if (search.detours() == 0 || std::exchange(name.advised, true)) {
        return;
    }
    add_log(fmt::format(
        "dns {}: found as {}, behind {} other full names; only that one is asked for from now on. "
        "Written \"{}.\", with a dot at the end, it is asked for at once",
        search.name(), search.full_name(), search.detours(), search.full_name()));
}

void DnsMachine::add_log(const std::string& line) {
    actions_.log += actions_.log.empty() ? "" : "; ";
    actions_.log += line;
}

// Of a name with a problem its last nodes, or none if it says that it has none. An error if one has
// never had any and fails, or all have none.
Expected<Membership> DnsMachine::list_of_all() const {
    std::vector<Members> lists;
    for (const Name& name : names_) {
        if (name.found || name.last_good) {
            lists.push_back(name.found ? *name.found : *name.last_good);
        } else if (!says_nothing(name.found)) {
            return Error{problems_code(), problems()};
        }
    }
    return lists.empty() ? Error{problems_code(), problems()} : all_members(lists);
}

bool DnsMachine::any_found() const noexcept {
    return std::any_of(names_.begin(), names_.end(),
                       [](const Name& name) { return name.found.has_value(); });
}

// That there are no nodes is said by all names together, or not at all.
Errc DnsMachine::problems_code() const noexcept {
    const bool is_nothing = std::all_of(names_.begin(), names_.end(),
                                        [](const Name& name) { return says_nothing(name.found); });
    return is_nothing ? Errc::not_found : Errc::io;
}

// Of the names that have one: the first, and how many others there are. To have no nodes is none.
std::string DnsMachine::problems() const {
    std::string text;
    std::size_t others = 0;
    for (const Name& name : names_) {
        if (name.found || has_none(name)) {
            continue;
        }
        others += text.empty() ? 0 : 1;
        text = text.empty() ? name.found.error().message : text;
    }
    return others == 0 ? text : fmt::format("{}; and {} other names", text, others);
}

double DnsMachine::random() {
    return std::uniform_real_distribution<double>(0, 1)(random_);
}

}  // namespace ringside::discovery
