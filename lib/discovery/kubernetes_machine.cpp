#include "discovery/kubernetes_machine.h"

#include "base/parse.h"
#include "discovery/endpoint_slice.h"
#include "discovery/node_address.h"
#include "health/backoff.h"
#include "http/uri.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::Error;
using base::milliseconds;
using routing::Address;
using routing::Membership;

constexpr const char* kNameSpaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
constexpr std::size_t kNameSpaceBytesMax = 63;  // a DNS label

// The first retry comes within this, so that those whose API server has restarted do not come
// together; then the longest pause doubles.
constexpr milliseconds kRetryMin{1'000};
constexpr milliseconds kRetryMax{30'000};
// Nothing works without nodes.
constexpr milliseconds kFirstRetryMax{5'000};

// The server ends a watch after this, and up to as much more for each, so that they spread out; as
// client-go does it (tools/cache/reflector.go, minWatchTimeout).
constexpr base::seconds kWatchTime{300};

// More than 4096 nodes need.
constexpr std::size_t kPagesMax = 200;

}  // namespace

KubernetesMachine::KubernetesMachine(std::uint64_t seed) : random_(seed) {}

SourceActions KubernetesMachine::resume(const SourceEvent& event, base::TimePoint now) {
    now_ = now;
    actions_ = {};
    std::visit([this](const auto& each) { on(each); }, event);
    use_names();
    set_wake();
    if (std::holds_alternative<Answered>(event) || std::holds_alternative<PartCame>(event)) {
        heard_at_ = now_;
    }
    tell_facts();
    return std::exchange(actions_, {});
}

// --- what happens ---

void KubernetesMachine::on(const Started& event) {
    source_ = std::get<config::KubernetesSource>(event.settings);
    pod_name_space_.clear();
    slices_ = {};
    tell_at_ = base::kNever;
    listed_ = false;
    unwatched_ = false;
    told_.clear();
    retries_ = 0;
    hosts_.clear();
    api_name_ = {};
    wake_at_ = base::kNever;
    begin_list();
}

void KubernetesMachine::on(const RefreshAsked&) {
    if (step_ == Step::pause ||
        step_ == Step::watch) {  // else its answer is the one that is wanted
        begin_list();
    }
}

void KubernetesMachine::on(const SettingsChanged& event) {
    const std::string host = std::move(source_.api_server.host);
    source_ = std::get<config::KubernetesSource>(event.settings);
    if (source_.api_server.host != host) {
        api_name_ = {};
    }
    begin_list();
}

void KubernetesMachine::on(const NameTold& event) {
    if (event.host != source_.api_server.host) {
        return;
    }
    api_name_ = event.state;
    const bool waits = step_ == Step::api_name;
    const bool may_help = step_ == Step::pause && !event.failed && !listed_;
    if (waits || may_help) {
        ask();
    }
}

void KubernetesMachine::on(const MembersKnown& event) {
    pool_is_empty_ = event.members.members.empty();
    if (pool_is_empty_ && step_ == Step::pause) {
        retry_at_ = std::min(retry_at_, now_ + health::retry_pause(kFirstRetryMax, random()));
    }
}

void KubernetesMachine::on(const TimeCame&) {
    wake_at_ = base::kNever;
    if (now_ >= line_until_) {
        fail(Error{Errc::timed_out, fmt::format("a line of the watch has no end after {} ms",
                                                source_.timeout.count())});
        return;
    }
    if (now_ >= tell_at_) {
        tell_members();
        retry_at_ = std::max(retry_at_, now_ + milliseconds(1));  // one thing at a time
    } else if (step_ == Step::pause && now_ >= retry_at_) {
        ask();
    }
}

void KubernetesMachine::on(const Answered& event) {
    switch (step_) {
        case Step::name_space:
            on_name_space(event);
            return;
        case Step::list:
            on_page(event);
            return;
        case Step::watch:
            on_watch_end(event);
            return;
        case Step::pause:
        case Step::api_name:
            return;  // nobody waits for it any more
    }
}

void KubernetesMachine::on(const PartCame& event) {
    if (step_ != Step::watch) {
        return;
    }
    const bool has_begun = watch_since_ == base::kNever;
    if (has_begun) {
        watch_since_ = now_;
        unwatched_ = false;
    }
    line_ += event.bytes;
    on_lines(has_begun);  // then it is told that the source is there, or there again
}

// --- asking ---

void KubernetesMachine::begin_list() {
    goal_ = Goal::list;
    ask();
}

// From the beginning of what is wanted.
void KubernetesMachine::ask() {
    retry_at_ = line_until_ = watch_since_ = base::kNever;
    line_.clear();
    page_.clear();
    pages_ = 0;
    coming_ = {};
    if (goal_ == Goal::list) {
        tell_at_ = base::kNever;  // its end is told
    }
    const Address& server = source_.api_server;
    if (server.host.empty()) {
        fail(Error{Errc::io,
                   "no API server is known: write \"api_server\", or run in a pod, where "
                   "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT name it"});
        return;
    }
    if (name_space().empty()) {
        step_ = Step::name_space;
        actions_.ask = FileQuestion{.path = kNameSpaceFile, .bytes_max = kNameSpaceBytesMax + 1};
        return;
    }
    if (!server.is_name()) {
        addresses_ = {server};
        ask_api();
        return;
    }
    if (api_name_.is_pending()) {
        step_ = Step::api_name;
        actions_.ask = NoQuestion{};
        return;
    }
    if (api_name_.ips.empty()) {
        fail(Error{Errc::io, fmt::format("{}: {}", server.host, api_name_.problem)});
        return;
    }
    addresses_.clear();
    for (const std::string& ip : api_name_.ips) {
        addresses_.push_back({ip, server.port});
    }
    ask_api();
}

void KubernetesMachine::ask_api() {
    const bool is_list = goal_ == Goal::list;
    step_ = is_list ? Step::list : Step::watch;
    actions_.ask =
        HttpsQuestion{.addresses = addresses_,
                      .host = source_.api_server.host,
                      .target = target(),
                      .token_file = source_.token_file,
                      .tls = source_.tls,
                      .timeout = source_.timeout,
                      .silence_max = is_list ? milliseconds(0) : kSilenceMax,
                      .body_bytes_max = is_list ? kSliceListBytesMax : kSliceWatchBytesMax,
                      .stays = !is_list};
}

std::string KubernetesMachine::target() {
    std::string text = fmt::format(
        "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices?labelSelector="
        "kubernetes.io%2Fservice-name%3D{}",
        http::percent_encode(name_space()), http::percent_encode(source_.service));
    if (goal_ == Goal::watch) {
        const auto time = kWatchTime + health::jitter(kWatchTime, random());
        return text + fmt::format(
                          "&watch=1&allowWatchBookmarks=true&resourceVersion={}"
                          "&timeoutSeconds={}",
                          http::percent_encode(version_), time.count() / 1000);
    }
    text += fmt::format("&limit={}", kPageSlices);
    return page_.empty() ? text : text + "&continue=" + http::percent_encode(page_);
}

// --- what is answered ---

void KubernetesMachine::on_name_space(const Answered& event) {
    const std::string_view text = event.bytes ? base::trimmed(*event.bytes) : std::string_view();
    if (text.empty() || text.size() > kNameSpaceBytesMax || !is_host_text(text)) {
        const std::string reason = event.bytes
                                       ? fmt::format("{}: holds no namespace", kNameSpaceFile)
                                       : event.bytes.error().message;
        fail(Error{Errc::io, reason + "; write \"namespace\""});
        return;
    }
    pod_name_space_ = text;
    ask();
}

void KubernetesMachine::on_page(const Answered& event) {
    if (!event.bytes || event.status != 200) {
        event.bytes ? on_refused(event) : fail(event.bytes.error());
        return;
    }
    auto list = parse_slice_list(*event.bytes);
    if (!list) {
        fail(list.error());
        return;
    }
    if (page_.empty()) {
        coming_version_ = std::move(list->version);  // what changes while pages come is watched
    }
    for (EndpointSlice& slice : list->slices) {
        if (const base::Status taken = coming_.set(std::move(slice)); !taken) {
            fail(taken.error());
            return;
        }
    }
    if (!list->next.empty() && ++pages_ < kPagesMax) {
        page_ = std::move(list->next);
        ask_api();
        return;
    }
    if (!list->next.empty()) {
        fail(Error{Errc::malformed, fmt::format("the list has more than {} pages", kPagesMax)});
        return;
    }
    slices_ = std::exchange(coming_, {});
    version_ = std::move(coming_version_);
    listed_ = true;
    goal_ = Goal::watch;
    tell_members();
    ask();
}

void KubernetesMachine::on_watch_end(const Answered& event) {
    if (event.bytes && event.status != 200) {
        on_refused(event);
        return;
    }
    const bool had_begun = watch_since_ != base::kNever;
    const bool was_steady = had_begun && now_ - watch_since_ >= kSteadyWatch;
    if (was_steady) {
        retries_ = 0;
    }
    if (event.bytes && was_steady) {
        ask();  // its time was over
    } else if (had_begun && retries_ == 0) {
        pause();  // nothing to speak of, unless it goes on
    } else {
        fail(event.bytes ? Error{Errc::io, "the watch has ended as soon as it had begun"}
                         : event.bytes.error());
    }
}

void KubernetesMachine::on_lines(bool is_news) {
    bool goes_on = true;
    std::size_t begin = 0;
    for (std::size_t end = line_.find('\n'); goes_on && end != std::string::npos;
         end = line_.find('\n', begin)) {
        const std::string_view line =
            base::trimmed(std::string_view(line_).substr(begin, end - begin));
        begin = end + 1;
        line_until_ = base::kNever;
        goes_on = line.empty() || on_line(line, is_news);
    }
    if (!goes_on) {
        return;
    }
    line_.erase(0, begin);
    if (line_.size() > kSliceEventBytesMax) {
        fail(Error{Errc::malformed, fmt::format("a line of the watch is longer than {} bytes",
                                                kSliceEventBytesMax)});
        return;
    }
    if (!line_.empty() && line_until_ == base::kNever) {
        line_until_ = now_ + source_.timeout;
    }
    if (is_news) {
        tell_or_wait();
    }
}

bool KubernetesMachine::on_line(std::string_view line, bool& is_news) {
    auto event = parse_watch_event(line);
    if (!event) {
        goal_ = Goal::list;
        fail(event.error());
        return false;
    }
    if (event->kind == WatchEvent::Kind::failed) {
        event->code == 410 ? on_expired()
                           : fail(Error{Errc::io, fmt::format("the watch has failed: {} {}",
                                                              event->code, event->problem)});
        return false;
    }
    is_news = true;
    version_ = std::move(event->version);
    if (event->kind == WatchEvent::Kind::removed) {
        slices_.remove(event->slice.name);
    } else if (event->kind == WatchEvent::Kind::set) {
        if (const base::Status taken = slices_.set(std::move(event->slice)); !taken) {
            goal_ = Goal::list;
            fail(taken.error());
            return false;
        }
    }
    return true;
}

// Requires: there is an answer.
void KubernetesMachine::on_refused(const Answered& event) {
    const unsigned status = event.status;
    const std::string& body = *event.bytes;
    if (status == 410) {
        on_expired();
        return;
    }
    if (status == 403 && goal_ == Goal::watch) {
        on_unwatched(body);
        return;
    }
    std::string advice;
    if (status == 401) {
        advice = fmt::format("; the token is that of {}", source_.token_file);
    } else if (status == 403) {
        advice = "; let its service account get, list and watch endpointslices in that namespace";
    } else if (status == 404) {
        advice = "; discovery.k8s.io/v1 is there since Kubernetes 1.21";
    }
    fail(Error{Errc::io, fmt::format("the API server refuses with {}: {}{}", status,
                                     status_message(body), advice)},
         std::min(event.retry_after, kRetryAfterMax));
}

// A Role without the verb "watch": the list is asked for again and again, and so is the watch, as
// somebody may add it.
void KubernetesMachine::on_unwatched(const std::string& body) {
    goal_ = Goal::list;
    if (!std::exchange(unwatched_, true)) {
        actions_.log = fmt::format(
            "kubernetes {}/{}: may be listed and not watched (403: {}); it is listed every {} s "
            "instead: let its service account watch endpointslices in that namespace",
            name_space(), source_.service, status_message(body),
            std::chrono::duration_cast<base::seconds>(kRetryMax).count());
    }
    pause();
}

// The server has forgotten the version or the page: from the beginning, though not without end.
void KubernetesMachine::on_expired() {
    goal_ = Goal::list;
    actions_.log =
        fmt::format("kubernetes {}/{}: what was known is too old to go on from; listing again",
                    name_space(), source_.service);
    if (retries_ == 0) {
        retries_ = 1;
        ask();
    } else {
        fail(Error{Errc::io, "the API server forgets what it has told (410)"});
    }
}

// --- what is told ---

// Nodes that have left may be about to come back in another slice.
void KubernetesMachine::tell_or_wait() {
    std::set<std::string> missing = told_;
    if (const auto members = this->members()) {
        for (const routing::Member& member : members->members) {
            missing.erase(member.name);
        }
    }
    if (missing.empty()) {
        tell_members();
    } else {
        tell_at_ = std::min(tell_at_, now_ + kLeavingPause);
    }
}

void KubernetesMachine::tell_members() {
    tell_at_ = base::kNever;
    auto members = this->members();
    if (members) {
        told_.clear();
        for (const routing::Member& member : members->members) {
            told_.insert(member.name);
        }
    }
    actions_.tell = std::move(members);
}

// Ends what is under way. A list that is told at the same time is worth more: the failure comes
// again.
void KubernetesMachine::fail(Error error, milliseconds least) {
    if (!actions_.tell) {
        actions_.tell = std::move(error);
    }
    pause(least);
}

void KubernetesMachine::pause(milliseconds least) {
    const milliseconds max = listed_ && !pool_is_empty_ ? kRetryMax : kFirstRetryMax;
    const std::uint32_t doublings = std::min<std::uint32_t>(retries_++, 10);
    const milliseconds longest = std::min(kRetryMin * (1 << doublings), max);
    step_ = Step::pause;
    retry_at_ = now_ + least + health::retry_pause(longest, random());
    line_until_ = watch_since_ = base::kNever;
    line_.clear();
    actions_.ask = NoQuestion{};
}

double KubernetesMachine::random() {
    return std::uniform_real_distribution<double>(0, 1)(random_);
}

void KubernetesMachine::use_names() {
    std::set<std::string> hosts;
    if (source_.api_server.is_name()) {
        hosts.insert(source_.api_server.host);
    }
    if (hosts != hosts_) {
        actions_.names = hosts_ = std::move(hosts);
    }
}

void KubernetesMachine::set_wake() {
    const base::TimePoint next = std::min({retry_at_, tell_at_, line_until_});
    if (next != wake_at_) {
        actions_.wake_at = wake_at_ = next;
    }
}

void KubernetesMachine::tell_facts() {
    SourceFacts facts{.way = step_ == Step::watch ? "watched" : "to be listed, and then watched",
                      .last_poll = heard_at_,
                      .version = version_};
    if (step_ == Step::pause && retry_at_ != base::kNever) {
        facts.next_poll = retry_at_;
    }
    if (listed_) {
        facts.answered_by = to_string(source_.api_server);
    }
    if (facts != facts_) {
        actions_.facts = facts_ = std::move(facts);
    }
}

}  // namespace ringside::discovery
