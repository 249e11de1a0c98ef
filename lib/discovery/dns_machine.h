// Reads a membership from DNS: the nodes are what the records of some names say, addresses or the
// targets of a service. Pure.
//
// A poll asks for each name, through the search list if it is not full (dns_search), until each has
// records or a problem. A name with a problem keeps the nodes that it had last. One that has never
// had any has none if two answers say so; as long as it fails there is no list at all. If a node is
// missing that the last list had, or all names have nothing though the pool has nodes, all are
// asked for again at once, of other nameservers if there are several: a node leaves only when two
// answers in a row lack it, and joins with the first that has it; that there are no nodes takes two
// answers as well. Polls follow each other by the records' time to live, spread upwards, and sooner
// after a failure. A poll ends with one list or one failure told.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "config/source.h"
#include "discovery/dns_heard.h"
#include "discovery/dns_members.h"
#include "discovery/dns_search.h"
#include "discovery/source_machine.h"
#include "routing/membership.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace ringside::discovery {

class DnsMachine final : public SourceMachine {
  public:
    // `seed` makes the spreading of this process its own.
    explicit DnsMachine(std::uint64_t seed);

    SourceActions resume(const SourceEvent& event, base::TimePoint now) override;

  private:
    // One of the names of the settings.
    struct Name {
        explicit Name(const std::string& host) : search(host) {}

        DnsSearch search;
        std::uint16_t port = 0;
        // Of a poll that is over. Empty: no records by two answers, and it had none before.
        std::optional<Members> last_good = std::nullopt;
        bool advised = false;
        // Of the poll under way, once its search is over: of two searches all nodes of either.
        base::Expected<Members> found = Members{};
        std::vector<DnsHeard> heard{};  // in the first search
        std::string unconfirmed{};  // whose word the second search could not confirm; empty: none
    };
    // A wish of the question under way.
    struct Asked {
        std::size_t name;
        io::RecordWish wish;
    };
    struct Poll {
        bool is_confirming = false;                          // the second search of each name
        Members leaving{};                                   // that it may take away, if known
        bool has_nodes = false;                              // by one of its answers
        base::milliseconds ttl = base::milliseconds::max();  // the least that was seen
        std::vector<Asked> asked{};
    };

    void on(const Started& event);
    void on(const RefreshAsked& event);
    void on(const SettingsChanged& event);
    void on(const MembersKnown& event);
    void on(const RecordsAnswered& event);
    void on(const TimeCame&);
    // What this machine never wants to know.
    template <typename Other>
    void on(const Other&) {}

    void take_settings(const config::Source& settings);
    void begin_poll();
    void begin_searches();
    void ask();
    void take_results(const RecordsAnswered& event);
    io::RecordResult taken(Name& name, DnsHeard heard) const;
    bool takes_nobody_away(const Name& name, const DnsHeard& first) const;
    void on_searched();
    void take_found(Name& name);
    base::Expected<Members> confirmed(Name& name, base::Expected<Members> second) const;
    void tell(base::Expected<routing::Membership> list);
    void end_poll(base::milliseconds pause);
    void wait(base::milliseconds pause);
    void advise(Name& name);
    void add_log(const std::string& line);

    base::Expected<Members> members_of(const Name& name) const;
    base::Expected<routing::Membership> list_of_all() const;
    bool needs_confirming(const base::Expected<routing::Membership>& list) const;
    Members leaving_by(const base::Expected<routing::Membership>& list) const;
    bool may_keep_saved() const noexcept;
    Members saved_rest() const;
    void keep_saved();
    void note_names_without_nodes();
    static bool has_none(const Name& name) noexcept;
    bool any_found() const noexcept;
    base::Errc problems_code() const noexcept;
    std::string problems() const;
    SourceFacts poll_facts() const;
    double random();

    std::mt19937_64 random_;
    RecordChoice choice_;
    config::DnsTimes times_;
    bool is_service_ = false;  // SRV records
    bool use_weights_ = false;
    std::vector<Name> names_;

    std::optional<io::SearchList> search_list_;
    routing::Membership told_;       // the last list; empty: none
    bool told_since_start_ = false;  // it is of this start, not of one before
    std::string described_;          // this source
    // The pool's nodes, from whomever: a saved list, too.
    bool has_members_ = false;
    Members known_;                // of these, the ones that can be in DNS, as they would be there
    bool are_own_ = true;          // this source has listed them, perhaps before the start
    base::milliseconds retry_{0};  // the next pause after a failure
    base::milliseconds last_ttl_{0};  // of the last answer without a problem
    std::optional<Poll> poll_;        // the one under way
    SourceFacts facts_;               // as told last
    bool for_agreement_ = false;      // the last list is told again by the poll that ends next

    // Of the call of resume() under way.
    base::TimePoint now_{};
    SourceActions actions_;
};

}  // namespace ringside::discovery
