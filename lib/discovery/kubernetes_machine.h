// How the endpoints of a service of Kubernetes are followed: a list, and a watch from there on.
// Pure.
//
// The API server is asked over HTTPS with the pod's token. A list comes in pages; then a watch
// tells each change, one JSON object a line, and bookmarks while there is none. A watch that ends
// is opened again from the last version that was told, without listing again unless the server has
// forgotten it (410). What fails is tried again after pauses that grow; what is known stays.
//
// Changes are told at once, but for those that only let nodes leave: a controller may take an
// endpoint out of one slice before it stands in another.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "config/source.h"
#include "discovery/name_book.h"
#include "discovery/slice_book.h"
#include "discovery/source_machine.h"
#include "routing/node.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::discovery {

class KubernetesMachine final : public SourceMachine {
  public:
    // A watch that has lasted so long was a good one.
    static constexpr base::milliseconds kSteadyWatch{5'000};
    // Bookmarks come once a minute: a watch that is silent for longer is opened anew.
    static constexpr base::milliseconds kSilenceMax{150'000};
    // How long nodes that have left may be on their way from one slice to another.
    static constexpr base::milliseconds kLeavingPause{200};
    // As long as an API server may send us away that has too much to do (429, 503).
    static constexpr base::seconds kRetryAfterMax{60};
    // Slices in one page of a list, each of 1000 endpoints at most, by default of 100.
    static constexpr std::size_t kPageSlices = 10;

    // `seed` makes the spreading of this process its own.
    explicit KubernetesMachine(std::uint64_t seed);

    SourceActions resume(const SourceEvent& event, base::TimePoint now) override;

  private:
    // What is under way.
    enum class Step : std::uint8_t {
        pause,       // until retry_at_
        name_space,  // the file is read that says which namespace the pod is in
        api_name,    // the name of the API server is looked up
        list,        // a page is asked for
        watch,
    };
    // What it is for.
    enum class Goal : std::uint8_t { list, watch };

    void on(const Started& event);
    void on(const RefreshAsked&);
    void on(const SettingsChanged& event);
    void on(const Answered& event);
    void on(const PartCame& event);
    void on(const NameTold& event);
    void on(const MembersKnown& event);
    void on(const TimeCame&);
    template <typename Other>
    void on(const Other&) {}  // answers to questions of other kinds

    void begin_list();
    void ask();
    void ask_api();
    std::string target();

    void on_name_space(const Answered& event);
    void on_page(const Answered& event);
    void on_watch_end(const Answered& event);
    void on_lines(bool is_news);
    // False: the watch is over.
    bool on_line(std::string_view line, bool& is_news);
    void on_refused(const Answered& event);
    void on_unwatched(const std::string& body);
    void on_expired();

    void tell_or_wait();
    void tell_members();
    base::Expected<routing::Membership> members() const {
        return slices_.members(
            {source_.service, name_space(), source_.port, source_.publish_not_ready});
    }
    void fail(base::Error error, base::milliseconds least = base::milliseconds(0));
    // For so long, and then as long as after other failures: all may have been told the same time.
    void pause(base::milliseconds least = base::milliseconds(0));
    double random();
    void use_names();
    void set_wake();
    void tell_facts();
    const std::string& name_space() const noexcept {
        return source_.name_space.empty() ? pod_name_space_ : source_.name_space;
    }

    std::mt19937_64 random_;
    config::KubernetesSource source_;
    std::string pod_name_space_;  // of the pod, once it was read

    Step step_ = Step::pause;
    Goal goal_ = Goal::list;
    bool listed_ = false;                      // once, since the start
    bool pool_is_empty_ = false;               // as was told last
    bool unwatched_ = false;                   // it may be listed and not watched, which was told
    SliceBook slices_;                         // as of the watch
    std::string version_;                      // where the watch goes on
    std::vector<routing::Address> addresses_;  // of the API server, as it was asked last
    SliceBook coming_;                         // of a list under way
    std::string coming_version_;
    std::string page_;  // asks for its next page; empty: the first
    std::size_t pages_ = 0;
    std::string line_;            // of the watch: the beginning of one
    std::set<std::string> told_;  // the nodes that were told last

    std::uint32_t retries_ = 0;                   // in a row
    base::TimePoint watch_since_ = base::kNever;  // its answer has begun
    base::TimePoint retry_at_ = base::kNever;
    base::TimePoint tell_at_ = base::kNever;
    base::TimePoint line_until_ = base::kNever;
    base::TimePoint wake_at_ = base::kNever;  // wished last

    std::set<std::string> hosts_;  // the names in use
    NameState api_name_;           // what was told of the API server's

    std::optional<base::TimePoint> heard_at_;  // anything of the API server
    SourceFacts facts_;                        // as told last

    // Of the call of resume() under way.
    base::TimePoint now_{};
    SourceActions actions_;
};

}  // namespace ringside::discovery
