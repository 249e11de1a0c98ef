// Does what the machine of a source wants done: asks questions, has names looked up, wakes it, and
// passes on what it tells. The same for all kinds of sources, and the only place of theirs that
// has sockets, timers and a clock.
#pragma once

#include "base/error.h"
#include "base/expected.h"
#include "config/source.h"
#include "discovery/exchange.h"
#include "discovery/file_reading.h"
#include "discovery/https_asking.h"
#include "discovery/names.h"
#include "discovery/source_facts.h"
#include "discovery/source_machine.h"
#include "io/event_loop.h"
#include "io/record_resolver.h"
#include "routing/membership.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace ringside::discovery {

// Receives what a source says, on the control thread, never from inside a call of the driver. May
// stop or destroy the driver.
struct SourceSink {
    std::function<void(routing::Membership)> on_membership;  // complete lists, never deltas
    // The source did not give a usable answer; the last list stands.
    std::function<void(base::Error)> on_failure;
    // What it has shown of itself, before the list or failure that goes with it. May be empty; may
    // neither stop nor destroy the driver.
    std::function<void(SourceFacts)> on_facts = {};
};

// Owned by app::Sources, one for each source that a pool asks or has asked not long ago; control
// thread only. What its machine has learnt stays through other settings, and from stop() to the
// next start().
class SourceDriver {
  public:
    // What questions are asked by. All outlive it.
    struct Means {
        io::EventLoop& loop;
        Names& names;
        io::RecordResolver& records;
    };

    // Requires: a machine for this kind of source.
    SourceDriver(const Means& means, config::Source source, std::unique_ptr<SourceMachine> machine);

    SourceDriver(const SourceDriver&) = delete;
    SourceDriver& operator=(const SourceDriver&) = delete;

    // Begins at once, then goes on by itself.
    void start(SourceSink sink);
    // Takes over other settings of the same source. False, and nothing has changed, if that is
    // another source: one with another config::describe().
    bool configure(const config::Source& settings);
    // Asks now instead of later; the answer comes through the sink.
    void refresh(RefreshAsked how = {});
    // As MembersKnown.
    void set_known_members(const MembersKnown& members);
    // Nothing reaches the sink afterwards, until it is started again.
    void stop();

  private:
    void resume(const SourceEvent& event);
    void begin(NoQuestion) { question_ = {}; }
    void begin(NodeQuestion question);
    void begin(RecordQuestion question);
    void begin(FileQuestion question);
    void begin(HttpsQuestion question);
    void on_answer(base::Expected<std::string> bytes);
    void tell_next();

    io::EventLoop& loop_;
    io::RecordResolver& records_;
    config::Source source_;
    const std::unique_ptr<SourceMachine> machine_;
    const Names::UserPtr names_;
    io::EventLoop::Timer wake_timer_;
    io::EventLoop::Timer tell_timer_;
    // The question under way. Dropping it ends it without a word.
    std::variant<std::monostate, std::unique_ptr<Exchange>, io::RecordResolver::QuestionPtr,
                 std::unique_ptr<FileReading>, std::unique_ptr<HttpsAsking>>
        question_;
    std::optional<SourceFacts> untold_facts_;
    std::vector<base::Expected<routing::Membership>> untold_;  // the oldest first
    SourceSink sink_;
    bool running_ = false;
};

}  // namespace ringside::discovery
