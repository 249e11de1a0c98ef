#include "discovery/names.h"

#include "base/check.h"
#include "base/log.h"
#include "discovery/node_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace ringside::discovery {

using base::Clock;
using base::LogEvent;

namespace {

NameAnswer to_answer(const io::LookupResult& result) {
    const auto* const found = std::get_if<io::FoundAddresses>(&result);
    if (found == nullptr) {
        return {.problem = to_string(std::get<io::LookupProblem>(result))};
    }
    NameAnswer answer{.ips = found->ips, .ttl = found->ttl};
    std::erase_if(answer.ips, [](const std::string& ip) { return is_forbidden_ip(ip); });
    if (answer.ips.empty()) {
        return {.problem = to_string(io::LookupProblem::bad_answer)};
    }
    return answer;
}

}  // namespace

Names::Ask ask_by(io::NameResolver& resolver) {
    return [&resolver](const std::string& host, Names::OnAnswer on_answer) {
        return std::shared_ptr<void>(
            resolver.ask(host, [on_answer = std::move(on_answer)](const io::LookupResult& result) {
                on_answer(to_answer(result));
            }));
    };
}

Names::Names(io::EventLoop& loop, Ask ask)
    : loop_(loop), ask_(std::move(ask)), timer_(loop), self_(std::make_shared<Names*>(this)) {}

Names::~Names() {
    CHECK(users_.empty());
    *self_ = nullptr;
}

Names::User::~User() {
    use({});
    std::erase(names_.users_, this);
}

void Names::User::use(const std::set<std::string>& hosts) {
    names_.change_use(*this, hosts);
}

Names::UserPtr Names::open(OnName on_name) {
    UserPtr user(new User(*this, std::move(on_name)));
    users_.push_back(user.get());
    return user;
}

void Names::change_use(User& user, const std::set<std::string>& hosts) {
    const std::set<std::string> before = std::exchange(user.hosts_, hosts);
    for (const std::string& host : hosts) {
        if (before.contains(host)) {
            continue;
        }
        ++use_counts_[host];
        book_.add(host);
        if (!book_.find(host)->is_pending()) {
            loop_.post([self = self_, host] {
                if (*self != nullptr) {
                    (*self)->tell(host, false);
                }
            });
        }
    }
    for (const std::string& host : before) {
        if (!hosts.contains(host) && --use_counts_[host] == 0) {
            use_counts_.erase(host);
            questions_.erase(host);
            book_.remove(host);
        }
    }
    ask_due();
}

void Names::ask_again(const std::string& host) {
    book_.ask_again(host);
    ask_due();
}

void Names::ask_due() {
    for (const std::string& host : book_.take_due(Clock::now())) {
        questions_[host] = ask_(host, [this, host](NameAnswer answer) {
            on_answer(std::string(host), std::move(answer));  // a copy: it outlives this function
        });
    }
    timer_.arm(book_.next_deadline(), [this] { ask_due(); });
}

void Names::on_answer(const std::string& host, NameAnswer answer) {
    // Kept to the end: it may own the function that has called this one.
    const std::shared_ptr<void> question = std::move(questions_[host]);
    questions_.erase(host);
    const NameState* const state = book_.find(host);
    const base::TimePoint lost_since = state == nullptr ? base::TimePoint() : state->problem_since;
    const bool failed = !answer.problem.empty();
    const NameNews news = book_.on_answer(host, std::move(answer), Clock::now());
    log_news(host, news, lost_since);
    ask_due();
    tell(host, failed);
}

// As in app/signal_actions.cpp, not within the switch.
static void tell_found(LogEvent event, const std::string& ips, const std::string& text) {
    base::log().info({.event = event, .to = ips}, "{}", text);
}

static void tell_lost(std::string_view problem, const std::string& text) {
    base::log().warn({.event = LogEvent::name_lost, .cause = std::string(problem)}, "{}", text);
}

void Names::log_news(const std::string& host, NameNews news, base::TimePoint lost_since) const {
    const NameState* const state = book_.find(host);
    const std::string ips =
        state == nullptr ? std::string() : fmt::format("{}", fmt::join(state->ips, ", "));
    switch (news) {
        case NameNews::none:
            return;
        case NameNews::found:
            tell_found(LogEvent::name_found, ips, fmt::format("name {}: {}", host, ips));
            return;
        case NameNews::changed:
            tell_found(LogEvent::name_moved, ips,
                       fmt::format("name {}: has moved to {}", host, ips));
            return;
        case NameNews::lost:
            tell_lost(state->problem,
                      fmt::format("name {}: {}; {}", host, state->problem,
                                  ips.empty() ? "no address is known" : "going on with " + ips));
            return;
        case NameNews::back:
            tell_found(
                LogEvent::name_found, ips,
                fmt::format("name {}: found again after {:.1f} s: {}", host,
                            std::chrono::duration<double>(Clock::now() - lost_since).count(), ips));
            return;
    }
}

// A user may change what it uses, or end, while it is told.
void Names::tell(const std::string& host, bool failed) {
    const std::vector<User*> users = users_;
    for (User* const user : users) {
        const NameState* const state = book_.find(host);
        const bool is_there = std::find(users_.begin(), users_.end(), user) != users_.end();
        if (state != nullptr && is_there && user->hosts_.contains(host)) {
            const OnName on_name = user->on_name_;
            on_name(host, NameState(*state), failed);
        }
    }
}

}  // namespace ringside::discovery
