// Polls an ElastiCache configuration endpoint. Pure.
//
// A poll asks the endpoint and, if that fails, up to three nodes of the cluster, each of which
// knows the whole list; every question has a connection of its own. A name that is still being
// looked up is waited for, however long that takes: a lookup that is slower than the poll's timeout
// would else never count. Polls follow each other at the interval, spread by a tenth, the second
// after any part of it, and quickly until the first success, or the first one again after the pool
// was emptied. Which answers are believed is
// VersionRule's matter. A poll ends with one list or one failure told.
//
// An endpoint that does not know the command, and has nothing under the reserved key, is taken for
// the only node, as one of ElastiCache Serverless: but never once it has given a list, to this
// process or to the one before (docs/DISCOVERY.md), unless the operator says so.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "config/source.h"
#include "discovery/elasticache_answer.h"
#include "discovery/name_book.h"
#include "discovery/source_machine.h"
#include "discovery/version_rule.h"
#include "routing/membership.h"
#include "routing/node.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::discovery {

class ElastiCacheMachine final : public SourceMachine {
  public:
    // How many nodes a poll asks beside the endpoint.
    static constexpr std::size_t kOthersMax = 3;

    // `seed` makes the spreading of this process its own.
    explicit ElastiCacheMachine(std::uint64_t seed);

    SourceActions resume(const SourceEvent& event, base::TimePoint now) override;

  private:
    // How to ask. Engines before 1.4.14 keep the list as the value of a reserved key.
    enum class Command : std::uint8_t { config_get, legacy_get };

    // One round of questions.
    struct Poll {
        routing::Address asked{};
        bool waits_for_name = false;  // of `asked`; else a question is under way
        Command command = Command::config_get;
        bool accepts_older = false;  // by the operator's word
        bool both_commands_tried = false;
        // By the endpoint.
        bool config_is_unknown = false;
        bool legacy_is_unset = false;
        bool others_chosen = false;
        std::vector<routing::Address> others{};  // still to be asked
        base::Error problem{};                   // the first one: what the endpoint did
        // An older list that one of its own nodes shall confirm; empty otherwise.
        routing::Membership unconfirmed{};
    };

    void on(const Started& event);
    void on(const RefreshAsked& event);
    void on(const SettingsChanged& event);
    void on(const MembersKnown& event);
    void on(const Answered& event);
    void on(const NameTold& event);
    void on(const TimeCame&);
    template <typename Other>
    void on(const Other&) {}  // answers to questions of other kinds

    void begin_poll();
    void ask(const routing::Address& address, Command command);
    void ask_at(std::vector<routing::Address> addresses);
    void on_list(routing::Membership membership);
    void on_no_list(ElastiCacheAnswer answer);
    void be_alone();
    void take_any(VersionRule::Verdict verdict, routing::Membership membership);
    void on_judged(VersionRule::Verdict verdict, routing::Membership membership);
    void on_unusable(base::Error error);
    void ask_other_or_fail();
    void succeed(routing::Membership membership);
    void fail();
    void end_poll(base::milliseconds pause);
    void wait(base::milliseconds pause);
    void use_names();

    bool is_confirming() const noexcept { return !poll_->unconfirmed.members.empty(); }
    // The pool has the endpoint, and nobody else.
    bool is_only_known() const { return known_ == std::vector{source_.endpoint}; }
    std::vector<routing::Address> choose_others(std::vector<routing::Address> from);
    base::milliseconds spread_interval();
    base::milliseconds first_pause();
    double random();

    static std::string_view bytes_of(Command command) noexcept;

    std::mt19937_64 random_;
    config::ElastiCacheSource source_;

    bool answered_ = false;    // with a list, since the start or since the pool was emptied
    bool is_spread_ = false;   // the polls of this one come at a time of their own
    bool has_listed_ = false;  // a real list, also to the process before, that counts still
    bool is_alone_ = false;    // it is the only node, by its last usable answer
    bool is_plain_ = false;    // it has answered without TLS, in this process
    VersionRule rule_;
    Command command_ = Command::config_get;   // the one that worked last
    std::string answered_by_;                 // who gave the last list
    std::vector<routing::Address> known_;     // the members, as fail-over
    base::milliseconds first_retry_{0};       // the next pause while nothing was answered yet
    std::optional<Poll> poll_;                // the one under way
    std::set<std::string> hosts_;             // the names in use
    std::map<std::string, NameState> names_;  // what was told of them
    SourceFacts facts_;                       // as told last

    // Of the call of resume() under way.
    base::TimePoint now_{};
    SourceActions actions_;
};

}  // namespace ringside::discovery
