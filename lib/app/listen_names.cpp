#include "app/listen_names.h"

#include "base/limits.h"
#include "base/log.h"
#include "config/address_text.h"
#include "io/socket.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace ringside::app {

using base::LogEvent;
namespace {

bool is_name(const routing::Address& address) {
    return !address.is_unix() && !io::numeric_address(address);
}

void add_name(std::set<std::string>& names, const config::Listen& listen) {
    if (is_name(listen.address)) {
        names.insert(listen.address.host);
    }
}

}  // namespace

io::NameResolver::Options resolver_options(const config::ProcessConfig& process) {
    io::NameResolver::Options options;
    for (const routing::Address& server : process.nameservers) {
        options.servers += options.servers.empty() ? "" : ",";
        options.servers += to_string(server);
    }
    return options;
}

std::set<std::string> pool_names(const config::Config& config) {
    std::set<std::string> names;
    for (const config::PoolConfig& pool : config.pools) {
        for (const config::Listen& listen : listens_of(pool)) {
            add_name(names, listen);
        }
    }
    return names;
}

std::set<std::string> all_names(const config::Config& config) {
    std::set<std::string> names = pool_names(config);
    add_name(names, config.process.admin);
    for (const auto& listen : {config.process.stats, config.process.probes}) {
        if (listen) {
            add_name(names, *listen);
        }
    }
    return names;
}

base::Expected<routing::Address> bind_address(
    const routing::Address& configured, const FoundNames& found,
    const std::function<bool(const routing::Address&)>& is_held) {
    if (!is_name(configured)) {
        return configured;
    }
    const auto entry = found.find(configured.host);
    const io::LookupResult result =
        entry == found.end() ? io::LookupProblem::timed_out : entry->second;
    if (const auto* problem = std::get_if<io::LookupProblem>(&result)) {
        const bool is_late = *problem == io::LookupProblem::timed_out;
        return base::Error{is_late ? base::Errc::timed_out : base::Errc::not_found,
                           fmt::format("host {}: {}", configured.host, to_string(*problem))};
    }
    const std::vector<std::string>& ips = std::get<io::FoundAddresses>(result).ips;
    const auto held = std::find_if(ips.begin(), ips.end(), [&](const std::string& ip) {
        return is_held && is_held({ip, configured.port});
    });
    return routing::Address{held == ips.end() ? ips.front() : *held, configured.port};
}

std::shared_ptr<NameRound> NameRound::begin(io::EventLoop& loop, io::NameResolver& resolver,
                                            Wanted wanted, OnFound on_found) {
    if (wanted.hosts.empty()) {
        return nullptr;
    }
    const base::milliseconds limit = wanted.limit;
    const std::shared_ptr<NameRound> round(
        new NameRound(loop, std::move(wanted), std::move(on_found)));
    // All that is called is a member of the round, and goes with it.
    NameRound* const self = round.get();
    for (const std::string& host : round->hosts_) {
        round->questions_.push_back(resolver.ask(
            host, [self, host](const io::LookupResult& result) { self->on_answer(host, result); }));
    }
    const base::TimePoint now = base::Clock::now();
    round->limit_timer_.arm(now + limit, [self] { self->on_limit(); });
    round->slow_timer_.arm(now + base::kListenNamesAreSlowAfter, [self] { self->log_wait(); });
    return round;
}

NameRound::NameRound(io::EventLoop& loop, Wanted wanted, OnFound on_found)
    : hosts_(std::move(wanted.hosts)),
      purpose_(wanted.purpose),
      on_found_(std::move(on_found)),
      limit_timer_(loop),
      slow_timer_(loop) {}

void NameRound::on_answer(const std::string& host, const io::LookupResult& result) {
    found_.insert_or_assign(host, result);
    if (found_.size() == hosts_.size()) {
        finish();
    }
}

void NameRound::on_limit() {
    for (const std::string& host : hosts_) {
        found_.try_emplace(host, io::LookupProblem::timed_out);
    }
    finish();
}

// The last thing that is done: this may be gone when it returns.
void NameRound::finish() {
    questions_.clear();
    limit_timer_.cancel();
    slow_timer_.cancel();
    const OnFound tell = on_found_;
    const FoundNames found = std::move(found_);
    tell(found);
}

void NameRound::log_wait() const {
    std::string missing;
    for (const std::string& host : hosts_) {
        if (!found_.contains(host)) {
            missing += missing.empty() ? "" : ", ";
            missing += host;
        }
    }
    base::log().info({LogEvent::waiting_for_names}, "waiting for the addresses of {}, {}", missing,
                     purpose_);
}

}  // namespace ringside::app
