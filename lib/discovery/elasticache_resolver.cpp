#include "discovery/elasticache_resolver.h"

#include "base/log.h"
#include "health/backoff.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
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

// How many nodes a poll asks beside the endpoint.
constexpr std::size_t kOthersMax = 3;

std::vector<Address> addresses_of(const Membership& membership) {
    std::vector<Address> addresses;
    for (const routing::Member& member : membership.members) {
        addresses.push_back(member.address);
    }
    return addresses;
}

}  // namespace

ElastiCacheResolver::ElastiCacheResolver(io::EventLoop& loop, Names& names,
                                         config::ElastiCacheSource source, std::uint64_t seed)
    : loop_(loop),
      source_(std::move(source)),
      names_(names),
      user_(names.open([this](const std::string& host, const NameState&, bool failed) {
          on_name(host, failed);
      })),
      timer_(loop),
      random_(seed),
      first_retry_(kFirstRetry) {}

void ElastiCacheResolver::start(ResolverSink sink) {
    sink_ = std::move(sink);
    running_ = true;
    answered_ = false;
    first_retry_ = kFirstRetry;
    rule_.on_no_answer();  // since the stop, if there was one
    use_names();
    begin_poll();
}

bool ElastiCacheResolver::configure(const config::Source& settings) {
    const auto* const other = std::get_if<config::ElastiCacheSource>(&settings);
    if (other == nullptr || other->endpoint != source_.endpoint) {
        return false;
    }
    if (*other == source_) {
        return true;
    }
    source_ = *other;
    if (exchange_) {
        ask(poll_.asked, poll_.command);  // anew: the old timeout might never end
    } else {
        refresh();
    }
    return true;
}

void ElastiCacheResolver::refresh() {
    if (running_ && !polling_) {
        timer_.cancel();
        begin_poll();
    }
}

void ElastiCacheResolver::set_known_members(const Membership& membership) {
    known_ = addresses_of(membership);
    if (running_) {
        use_names();
    }
}

void ElastiCacheResolver::stop() {
    running_ = false;
    polling_ = false;
    timer_.cancel();
    exchange_.reset();
    user_->use({});
}

void ElastiCacheResolver::use_names() {
    std::set<std::string> hosts;
    if (source_.endpoint.is_name()) {
        hosts.insert(source_.endpoint.host);
    }
    for (const Address& address : known_) {
        if (address.is_name()) {
            hosts.insert(address.host);
        }
    }
    user_->use(hosts);
}

void ElastiCacheResolver::on_name(const std::string& host, bool failed) {
    if (polling_ && poll_.waits_for_name && poll_.asked.host == host) {
        ask(poll_.asked, poll_.command);
    } else if (!failed && !rule_.current() && host == source_.endpoint.host) {
        refresh();  // nothing works before the first list
    }
}

void ElastiCacheResolver::begin_poll() {
    poll_ = Poll{};
    polling_ = true;
    ask(source_.endpoint, command_);
}

void ElastiCacheResolver::ask(const Address& address, Command command) {
    poll_.asked = address;
    poll_.command = command;
    poll_.waits_for_name = false;
    if (!address.is_name()) {
        connect({address});
        return;
    }
    const NameState* const name = names_.find(address.host);
    if (name == nullptr || !name->ips.empty()) {
        std::vector<Address> addresses;
        for (const std::string& ip : name == nullptr ? std::vector<std::string>() : name->ips) {
            addresses.push_back({ip, address.port});
        }
        connect(addresses);
        return;
    }
    if (name->is_pending()) {
        poll_.waits_for_name = true;
        return;
    }
    // Later: the sink is not called from inside start() and refresh().
    timer_.arm(base::Clock::now(), [this, problem = name->problem] {
        on_unusable(Error{Errc::not_found, fmt::format("{}: {}", poll_.asked.host, problem)});
    });
}

void ElastiCacheResolver::connect(const std::vector<Address>& addresses) {
    const auto is_whole = [](std::string_view bytes) {
        return parse_elasticache_answer(bytes).status != AnswerStatus::need_more;
    };
    exchange_ = std::make_unique<Exchange>(
        loop_,
        Exchange::Request{.addresses = addresses,
                          .bytes = std::string(bytes_of(poll_.command)),
                          .timeout = source_.timeout},
        is_whole, [this](const base::Expected<std::string>& bytes) { on_answer(bytes); });
}

void ElastiCacheResolver::on_answer(const base::Expected<std::string>& bytes) {
    if (!bytes) {
        on_unusable(bytes.error());
        return;
    }
    ElastiCacheAnswer answer = parse_elasticache_answer(*bytes);
    switch (answer.status) {
        case AnswerStatus::complete:
            on_list(std::move(answer.membership));
            return;
        case AnswerStatus::refused:
        case AnswerStatus::unset:
            // Only the endpoint is asked both ways: a plain memcached behind it, where any client
            // may write the reserved key, must not become a source.
            if (poll_.asked == source_.endpoint && !poll_.both_commands_tried) {
                poll_.both_commands_tried = true;
                poll_.problem = Error{Errc::malformed, std::move(answer.problem)};
                ask(poll_.asked, poll_.command == Command::config_get ? Command::legacy_get
                                                                      : Command::config_get);
                return;
            }
            break;
        case AnswerStatus::malformed:
        case AnswerStatus::need_more:
            break;
    }
    on_unusable(Error{Errc::malformed, std::move(answer.problem)});
}

void ElastiCacheResolver::on_list(Membership membership) {
    if (!is_confirming()) {
        const VersionRule::Verdict verdict = rule_.judge(membership);
        on_judged(verdict, std::move(membership));
        return;
    }
    if (!same_answer(membership, poll_.unconfirmed)) {
        ask_other_or_fail();
        return;
    }
    base::log().info(
        "{}: version {} taken for a cluster made anew: {} answers in a row and node "
        "{} agree",
        to_string(source_.endpoint), membership.source_version, rule_.older_answers(),
        to_string(poll_.asked));
    succeed(std::move(membership));
}

void ElastiCacheResolver::on_judged(VersionRule::Verdict verdict, Membership membership) {
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
        tell_again();
        return;
    }
    poll_.problem = Error{Errc::conflict,
                          fmt::format("version {} is older than {}, which stays",
                                      membership.source_version, rule_.current()->source_version)};
    if (verdict == VersionRule::Verdict::older) {
        fail();
        return;
    }
    poll_.others = choose_others(addresses_of(membership));
    poll_.others_chosen = true;
    poll_.unconfirmed = std::move(membership);
    ask_other_or_fail();
}

void ElastiCacheResolver::on_unusable(Error error) {
    if (poll_.problem.message.empty()) {
        poll_.problem = std::move(error);
    }
    if (!poll_.others_chosen) {
        poll_.others_chosen = true;
        poll_.others = choose_others(known_);
    }
    ask_other_or_fail();
}

void ElastiCacheResolver::ask_other_or_fail() {
    if (!poll_.others.empty()) {
        const Address next = std::move(poll_.others.back());
        poll_.others.pop_back();
        ask(next, command_);
        return;
    }
    if (!is_confirming()) {
        rule_.on_no_answer();
    }
    fail();
}

void ElastiCacheResolver::succeed(Membership membership) {
    rule_.take(membership);
    command_ = poll_.command;
    schedule(health::spread_interval(source_.interval, random()));
    // A copy, because the sink may stop or destroy this object.
    const auto on_membership = sink_.on_membership;
    on_membership(std::move(membership));
}

// The source is there but lags behind what it said before it was stopped, and the pool may have had
// another source since.
void ElastiCacheResolver::tell_again() {
    schedule(health::spread_interval(source_.interval, random()));
    const auto on_membership = sink_.on_membership;
    on_membership(*rule_.current());
}

void ElastiCacheResolver::fail() {
    if (answered_) {
        schedule(health::spread_interval(source_.interval, random()));
    } else {
        schedule(std::min(first_retry_, source_.interval));
        first_retry_ = health::grown_delay(first_retry_, kFirstRetryFactor, kFirstRetryMax);
    }
    const auto on_failure = sink_.on_failure;
    on_failure(std::exchange(poll_.problem, {}));
}

void ElastiCacheResolver::schedule(milliseconds delay) {
    polling_ = false;
    exchange_.reset();
    timer_.arm(base::Clock::now() + delay, [this] { begin_poll(); });
}

std::vector<Address> ElastiCacheResolver::choose_others(std::vector<Address> from) {
    std::shuffle(from.begin(), from.end(), random_);
    from.resize(std::min(from.size(), kOthersMax));
    return from;
}

double ElastiCacheResolver::random() {
    return std::uniform_real_distribution<double>(0, 1)(random_);
}

std::string_view ElastiCacheResolver::bytes_of(Command command) noexcept {
    switch (command) {
        case Command::config_get:
            return "config get cluster\r\n";
        case Command::legacy_get:
            return "get AmazonElastiCache:cluster\r\n";
    }
    return {};
}

}  // namespace ringside::discovery
