// Polls an ElastiCache configuration endpoint.
//
// A poll asks the endpoint and, if that fails, up to three nodes of the cluster, each of which
// knows the whole list; every question has a connection of its own. A name that is still being
// looked up is waited for, however long that takes: a lookup that is slower than the poll's timeout
// would else never count. Polls follow each other at the interval, spread by a tenth, and quickly
// until the first success. Which answers are believed is VersionRule's matter.
#pragma once

#include "base/expected.h"
#include "config/config.h"
#include "discovery/elasticache_answer.h"
#include "discovery/exchange.h"
#include "discovery/names.h"
#include "discovery/resolver.h"
#include "discovery/version_rule.h"
#include "io/event_loop.h"

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::discovery {

class ElastiCacheResolver final : public Resolver {
  public:
    // `loop` and `names` outlive the resolver. `seed` makes the spreading of this process its own.
    ElastiCacheResolver(io::EventLoop& loop, Names& names, config::ElastiCacheSource source,
                        std::uint64_t seed);

    void start(ResolverSink sink) override;
    // It is the endpoint that makes the source.
    bool configure(const config::Source& settings) override;
    // While a poll is under way its answer is the one that is wanted.
    void refresh() override;
    void set_known_members(const routing::Membership& membership) override;
    // May be called from the sink, as may the destructor.
    void stop() override;

  private:
    // How to ask. Engines before 1.4.14 keep the list as the value of a reserved key.
    enum class Command : std::uint8_t { config_get, legacy_get };

    // One round of questions.
    struct Poll {
        routing::Address asked;
        bool waits_for_name = false;  // of `asked`
        Command command = Command::config_get;
        bool both_commands_tried = false;
        bool others_chosen = false;
        std::vector<routing::Address> others;  // still to be asked
        base::Error problem{};                 // the first one: what the endpoint did
        // An older list that one of its own nodes shall confirm; empty otherwise.
        routing::Membership unconfirmed;
    };

    void use_names();
    void on_name(const std::string& host, bool failed);
    void begin_poll();
    void ask(const routing::Address& address, Command command);
    void connect(const std::vector<routing::Address>& addresses);
    void on_answer(const base::Expected<std::string>& bytes);
    void on_list(routing::Membership membership);
    void on_judged(VersionRule::Verdict verdict, routing::Membership membership);
    void on_unusable(base::Error error);
    void ask_other_or_fail();
    void succeed(routing::Membership membership);
    void tell_again();
    void fail();
    void schedule(base::milliseconds delay);

    bool is_confirming() const noexcept { return !poll_.unconfirmed.members.empty(); }
    std::vector<routing::Address> choose_others(std::vector<routing::Address> from);
    double random();

    static std::string_view bytes_of(Command command) noexcept;

    io::EventLoop& loop_;
    config::ElastiCacheSource source_;
    Names& names_;
    Names::UserPtr user_;  // of the endpoint's name, and of the members'
    io::EventLoop::Timer timer_;
    std::mt19937_64 random_;
    ResolverSink sink_;
    bool running_ = false;
    bool polling_ = false;

    bool answered_ = false;  // with a list, since the start
    VersionRule rule_;
    Command command_ = Command::config_get;  // the one that worked last
    std::vector<routing::Address> known_;    // the members, as fail-over
    base::milliseconds first_retry_;         // the next pause while nothing was answered yet
    Poll poll_;
    std::unique_ptr<Exchange> exchange_;  // the question under way
};

}  // namespace ringside::discovery
