// Host names in the addresses that a configuration listens on: which they are, what is found of
// them, and where to listen then.
//
// They are looked up before anything is bound, so that no bind ever waits for a nameserver.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "config/config.h"
#include "io/event_loop.h"
#include "io/lookup_result.h"
#include "io/name_resolver.h"
#include "routing/node.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::app {

// By name. A name that is missing was not asked for.
using FoundNames = std::map<std::string, io::LookupResult>;

// Who is asked for names: the nameservers of the settings.
io::NameResolver::Options resolver_options(const config::ProcessConfig& process);

// Names in `listen` of the pools, each once.
std::set<std::string> pool_names(const config::Config& config);
// These, and names in `admin`, `stats` and `probes`.
std::set<std::string> all_names(const config::Config& config);

// An IP with its port, or a path: `configured` itself, or what its name was found to be. Of several
// addresses one that `is_held` by a listener already, else the first. The error says why there is
// none: "host a.test: no such host name".
base::Expected<routing::Address> bind_address(
    const routing::Address& configured, const FoundNames& found,
    const std::function<bool(const routing::Address&)>& is_held = nullptr);

// One lookup of each name. Dropping it ends the wait; the lookups go on, and the next round has
// what they find. Control thread only.
class NameRound {
  public:
    struct Wanted {
        std::set<std::string> hosts;
        base::milliseconds limit;  // names without an answer by then have timed out
        // What the addresses are for, behind a comma in the log's line.
        std::string_view purpose = "to listen there";
    };
    using OnFound = std::function<void(const FoundNames& found)>;

    // `loop` and `resolver` outlive it. `on_found` is called once, later, when all names have an
    // answer, and may drop the round. A wait that gets long is told in the log. Null if there are
    // no names: nobody is called.
    [[nodiscard]] static std::shared_ptr<NameRound> begin(io::EventLoop& loop,
                                                          io::NameResolver& resolver, Wanted wanted,
                                                          OnFound on_found);

    NameRound(const NameRound&) = delete;
    NameRound& operator=(const NameRound&) = delete;

  private:
    NameRound(io::EventLoop& loop, Wanted wanted, OnFound on_found);
    void on_answer(const std::string& host, const io::LookupResult& result);
    void on_limit();
    void finish();
    void log_wait() const;

    const std::set<std::string> hosts_;
    const std::string purpose_;
    const OnFound on_found_;
    FoundNames found_;
    std::vector<io::NameResolver::QuestionPtr> questions_;
    io::EventLoop::Timer limit_timer_;
    io::EventLoop::Timer slow_timer_;
};

}  // namespace ringside::app
