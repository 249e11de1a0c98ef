#include "app/discover.h"

#include "app/listen_names.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random_seed.h"
#include "config/address_text.h"
#include "config/load.h"
#include "config/source_rows.h"
#include "discovery/address_gate.h"
#include "discovery/change_rule.h"
#include "discovery/name_book.h"
#include "discovery/names.h"
#include "discovery/node_address.h"
#include "discovery/source_driver.h"
#include "discovery/source_machines.h"
#include "io/event_loop.h"
#include "io/local_ips.h"
#include "io/lookup_result.h"
#include "io/name_resolver.h"
#include "io/record_resolver.h"
#include "routing/identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ringside::app {
namespace {

using base::Clock;
using base::Errc;
using base::Error;
using base::Expected;
using discovery::AddressGate;
using routing::Member;
using routing::Membership;

// Longer than any source takes to say why it fails, with the settings that it has by default.
constexpr base::milliseconds kDiscoverMax{20'000};
// What the names of the nodes may take besides, and those that pools listen at.
constexpr base::milliseconds kNamesMax{5'000};

Expected<const config::PoolConfig*> find_pool(const config::Config& config,
                                              const std::string& name) {
    std::string discovered;
    for (const config::PoolConfig& pool : config.pools) {
        const auto sources = sources_of(pool);
        const bool is_static = std::all_of(sources.begin(), sources.end(), [](const auto* source) {
            return listed_members(*source) != nullptr;
        });
        if (pool.name == name && is_static) {
            return Error{Errc::invalid_argument,
                         fmt::format("pool {} has its nodes in the configuration: there is nobody "
                                     "to ask",
                                     name)};
        }
        if (pool.name == name) {
            return &pool;
        }
        if (!is_static) {
            discovered += (discovered.empty() ? "" : ", ") + pool.name;
        }
    }
    return Error{Errc::not_found,
                 fmt::format("there is no pool {}; {}", name,
                             discovered.empty() ? "none in the file has a source to ask"
                                                : "those with a source to ask: " + discovered)};
}

// What the source has said, and how long it took.
struct Finding {
    std::optional<Expected<Membership>> outcome;  // nothing: it is still being asked
    discovery::SourceFacts facts;
    base::microseconds took{0};
};

// One question to a source with all that the proxy asks by.
class Asking {
  public:
    explicit Asking(const config::Config& config)
        : resolver_(loop_, resolver_options(config.process)),
          records_(loop_, resolver_options(config.process)),
          names_(loop_, discovery::ask_by(resolver_)) {}

    Finding ask(const config::Source& source) {
        Finding finding;
        discovery::SourceDriver driver(
            {loop_, names_, records_}, source,
            discovery::make_machine(kind_of(source), base::random_seed()));
        const base::TimePoint begin = Clock::now();
        const auto end = [this, begin, &finding](Expected<Membership> outcome) {
            if (!finding.outcome) {
                finding.took = std::chrono::duration_cast<base::microseconds>(Clock::now() - begin);
                finding.outcome = std::move(outcome);
                loop_.stop();
            }
        };
        io::EventLoop::Timer limit(loop_);
        limit.arm(begin + kDiscoverMax, [&end] {
            end(Error{Errc::timed_out,
                      fmt::format("no answer within {} s", kDiscoverMax.count() / 1000)});
        });
        driver.start(
            {.on_membership = [&end](Membership said) { end(std::move(said)); },
             .on_failure = [&end](Error error) { end(std::move(error)); },
             .on_facts =
                 [&finding](discovery::SourceFacts facts) { finding.facts = std::move(facts); }});
        loop_.run();
        driver.stop();
        return finding;
    }

    FoundNames find_names(std::set<std::string> hosts, std::string_view purpose) {
        FoundNames found;
        const auto round =
            NameRound::begin(loop_, resolver_, {std::move(hosts), kNamesMax, purpose},
                             [this, &found](const FoundNames& names) {
                                 found = names;
                                 loop_.stop();
                             });
        if (round) {
            loop_.run();
        }
        return found;
    }

  private:
    io::EventLoop loop_;
    io::NameResolver resolver_;
    io::RecordResolver records_;
    discovery::Names names_;
};

void add_line(std::string& text, std::string_view label, std::string_view value) {
    if (!value.empty()) {
        fmt::format_to(std::back_inserter(text), "{:<13}{}\n", label, value);
    }
}

std::string seconds_text(base::milliseconds time) {
    return fmt::format("{:.1f} s", std::chrono::duration<double>(time).count());
}

std::string facts_text(const discovery::SourceFacts& facts) {
    std::string text;
    add_line(text, "how", facts.way);
    for (const discovery::FoundName& name : facts.names) {
        add_line(text, "name",
                 fmt::format("{}: {}", name.asked,
                             name.full_name.empty() ? name.problem : "found as " + name.full_name));
    }
    add_line(text, "answered by", facts.answered_by);
    add_line(text, "version", facts.version);
    add_line(text, "ttl", facts.ttl ? seconds_text(*facts.ttl) : "");
    return text;
}

// Of a name only where a node may be, as a link would go there.
std::string addresses_text(const Member& member, const FoundNames& names, const AddressGate& gate) {
    std::string text;
    if (const auto found = names.find(member.address.host); found != names.end()) {
        if (const auto* const problem = std::get_if<io::LookupProblem>(&found->second)) {
            return std::string(io::to_string(*problem));
        }
        std::vector<std::string> ips = std::get<io::FoundAddresses>(found->second).ips;
        std::erase_if(ips, [](const std::string& ip) { return discovery::is_forbidden_ip(ip); });
        if (ips.empty()) {
            return std::string(io::to_string(io::LookupProblem::bad_answer));
        }
        const discovery::NameState left =
            gate.filter({.ips = std::move(ips)}, member.address.port, Clock::now());
        for (const std::string& ip : left.ips) {
            text += (text.empty() ? "" : ", ") + ip;
        }
        return text.empty() ? std::string(left.problem) : text;
    }
    for (const routing::Address& address : known_addresses(member)) {
        text += (text.empty() ? "" : ", ") + to_string(address);
    }
    return text;
}

std::string members_text(const Membership& members, const FoundNames& names,
                         const AddressGate& gate) {
    std::size_t name_width = 4;
    std::size_t address_width = 7;
    for (const Member& member : members.members) {
        name_width = std::max(name_width, member.name.size());
        address_width = std::max(address_width, to_string(member.address).size());
    }
    std::string text;
    const auto out = std::back_inserter(text);
    fmt::format_to(out, "{:<{}}  {:<{}}  {:>6}  ADDRESSES\n", "NODE", name_width, "ADDRESS",
                   address_width, "WEIGHT");
    for (const Member& member : members.members) {
        fmt::format_to(out, "{:<{}}  {:<{}}  {:>6}  {}{}\n", member.name, name_width,
                       to_string(member.address), address_width, member.weight,
                       addresses_text(member, names, gate),
                       member.state == routing::MemberState::terminating ? " (terminating)" : "");
    }
    return text;
}

std::set<std::string> names_of(const Membership& members) {
    std::set<std::string> hosts;
    for (const Member& member : members.members) {
        if (member.address.is_name()) {
            hosts.insert(member.address.host);
        }
    }
    return hosts;
}

// Where this process would listen for clients, as AcceptorSet::addresses() has it.
discovery::OwnListeners own_listeners(Asking& asking, const config::Config& config) {
    const FoundNames names = asking.find_names(pool_names(config), "where pools listen");
    discovery::OwnListeners own{.listeners = {}, .local_ips = io::local_ips()};
    for (const config::PoolConfig& pool : config.pools) {
        for (const config::Listen& listen : listens_of(pool)) {
            const auto address = bind_address(listen.address, names);
            if (address && !address->is_unix()) {
                own.listeners.push_back(*address);
            }
        }
    }
    return own;
}

AddressGate gate_of(const config::PoolConfig& pool, discovery::OwnListeners own) {
    AddressGate gate;
    gate.set_allowed(pool.allow);
    gate.set_own(std::make_shared<const discovery::OwnListeners>(std::move(own)));
    return gate;
}

// The nodes that a pool without any would have by this list, or the rule that refuses it; in the
// order of discovery::PoolState.
Expected<Membership> first_nodes(const Membership& said, const config::PoolConfig& pool,
                                 const AddressGate& gate) {
    if (const base::Status may_be = gate.check(said); !may_be) {
        return may_be.error();
    }
    auto members = ring_members(said, pool.identity, pool.identity_template);
    if (!members) {
        return Error{members.error().code,
                     members.error().message + "; choose another \"identity\""};
    }
    discovery::ChangeRule rule;
    rule.set_limits(pool.rules.change);
    if (const base::Status long_enough = rule.is_long_enough(*members); !long_enough) {
        return long_enough.error();
    }
    return members;
}

std::string ms_text(base::microseconds time) {
    return fmt::format("{:.1f} ms", static_cast<double>(time.count()) / 1000);
}

// Asks one source of the pool, and tells what it says; an error if no proxy would take it.
Expected<std::string> report(Asking& asking, const config::PoolConfig& pool,
                             const config::Source& source, const AddressGate& gate) {
    const Finding finding = asking.ask(source);
    const std::string how = facts_text(finding.facts);
    if (!*finding.outcome) {
        return Error{finding.outcome->error().code,
                     fmt::format("{} gave no usable list after {}: {}\n{}docs/faults.md tells what "
                                 "to do; a proxy would ask again, and keep the nodes that it has",
                                 describe(source), ms_text(finding.took),
                                 finding.outcome->error().message, how)};
    }
    const auto members = first_nodes(**finding.outcome, pool, gate);
    const Membership& shown = members ? *members : **finding.outcome;
    const FoundNames names =
        asking.find_names(names_of(shown), "names of nodes that " + describe(source) + " lists");
    std::string table = members_text(shown, names, gate);
    if (!members) {
        table.pop_back();  // its last line's end: a message is without one
        return Error{members.error().code,
                     fmt::format("no proxy would take the list of {}: {}\n{}\n{}", describe(source),
                                 members.error().message, how, table)};
    }
    std::string text;
    add_line(text, "source", describe(source));
    text += how;
    add_line(text, "took", ms_text(finding.took));
    add_line(text, "nodes", std::to_string(members->members.size()));
    return text + "\n" + table;
}

// Nobody has to be asked for this one.
Expected<std::string> report_listed(const config::Source& source, const AddressGate& gate) {
    const Membership& listed = *listed_members(source);
    if (const base::Status may_be = gate.check(listed); !may_be) {
        return Error{may_be.error().code, fmt::format("no proxy would take the list of {}: {}",
                                                      describe(source), may_be.error().message)};
    }
    std::string text;
    add_line(text, "source", describe(source));
    add_line(text, "how", "listed in the configuration");
    add_line(text, "nodes", std::to_string(listed.members.size()));
    return text;
}

}  // namespace

Expected<Discovery> discover_once(const Options& options) {
    base::log().set_level(base::level_of_verbosity(options.verbosity));
    auto config = config::load_file(options.conf_file);
    if (!config) {
        return config.error();
    }
    apply_overrides(options, *config);
    const auto pool = find_pool(*config, options.discover_pool);
    if (!pool) {
        return pool.error();
    }
    Asking asking(*config);
    const AddressGate gate = gate_of(**pool, own_listeners(asking, *config));
    Discovery discovery;
    std::string decides;
    const auto sources = sources_of(**pool);
    for (const config::Source* const source : sources) {
        const auto found = listed_members(*source) != nullptr
                               ? report_listed(*source, gate)
                               : report(asking, **pool, *source, gate);
        if (!found) {
            discovery.problems.push_back(found.error().message);
            continue;
        }
        discovery.found += (discovery.found.empty() ? "" : "\n") + *found;
        decides = decides.empty() ? describe(*source) : decides;
    }
    discovery.has_nodes = !decides.empty();
    if (discovery.has_nodes) {
        std::string head;
        add_line(head, "pool", (*pool)->name);
        add_line(head, "decides", sources.size() > 1 ? decides : "");
        discovery.found = head + discovery.found;
    }
    return discovery;
}

}  // namespace ringside::app
