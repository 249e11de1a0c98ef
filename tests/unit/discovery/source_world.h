// A world in virtual time around the machine of a source: nodes that answer, names that are looked
// up, records in DNS, files, an API server, a clock. Whatever a machine does is checked against
// what must hold for every source, and its script can be run again with something going wrong at
// each step.
#pragma once

#include "base/check.h"
#include "base/clock.h"
#include "base/expected.h"
#include "config/source.h"
#include "config/source_rows.h"
#include "discovery/source_machine.h"
#include "discovery/source_machines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace ringside::discovery {

class SourceWorld {
  public:
    using Reply = base::Expected<std::string>;
    using Node = std::function<Reply(const std::string& bytes)>;
    // HTTP's status, and the body; of a question that stays the body comes in `parts`.
    using Api = std::function<std::pair<unsigned, Reply>(const HttpsQuestion&)>;

    static base::Error refused() { return {base::Errc::io, "connect: Connection refused"}; }
    static base::Error timed_out() { return {base::Errc::timed_out, "no answer"}; }

    explicit SourceWorld(config::Source with, std::uint64_t seed = 1)
        : settings(std::move(with)), machine_(make_machine(kind_of(settings), seed)) {
        CHECK(machine_ != nullptr);
    }

    // --- the world; may change at any time ---
    config::Source settings;
    std::map<std::string, Node> nodes;                    // by "IP:PORT"; who is not here refuses
    std::map<std::string, std::vector<std::string>> ips;  // by host name; none: not found
    std::map<std::string, io::RecordResult> records;      // by "NAME TYPE"; none: NXDOMAIN
    io::SearchList search_list;
    std::map<std::string, std::string> files;  // by path; none: it cannot be read
    Api api;                                   // none: it refuses
    std::vector<std::string> parts;            // that come next, once an answer has begun
    base::TimePoint now{base::seconds(1000)};

    // --- what was done, in order ---
    // "10.0.0.1:11211 config get cluster"; "a.test A, a.test AAAA", "search list", and with
    // " elsewhere" if another nameserver is to be asked than the first.
    std::vector<std::string> asked;
    std::vector<routing::Membership> lists;
    std::size_t lists_when_emptied = 0;  // by the controller; those before are forgotten
    std::vector<base::Error> failures;
    std::vector<std::string> log;
    SourceFacts facts;                              // as told last
    std::set<std::string> hosts;                    // names in use
    std::optional<NodeQuestion> question;           // under way
    std::optional<RecordQuestion> record_question;  // instead
    std::optional<FileQuestion> watched;            // instead: it stays
    std::optional<HttpsQuestion> https;             // instead
    base::TimePoint wake_at = base::kNever;

    // The version of a list never goes down while the pool has nodes, unless a test is about that.
    bool versions_may_fall = false;
    // In one poll, with all that comes between.
    int questions_max = 8;
    // How long a source may be left alone.
    base::milliseconds pause_max{66'000};

    std::size_t told() const { return lists.size() + failures.size(); }
    std::string last_failure() const { return failures.empty() ? "" : failures.back().message; }

    // --- events ---
    void start() { send(Started{settings}); }
    // Nothing is left under way, as SourceDriver does it.
    void restart() {
        end_questions();
        wake_at = base::kNever;
        hosts.clear();
        looked_up_.clear();
        lost_.clear();
        start();
    }
    void refresh(RefreshAsked how = {}) { send(how); }
    void change_settings(config::Source to) {
        settings = std::move(to);
        send(SettingsChanged{settings});
    }
    // Listed by itself, or by another source.
    void know(const routing::Membership& members) { know(members, describe(settings)); }
    void know(const routing::Membership& members, const std::string& source) {
        if (members.members.empty()) {
            lists_when_emptied = lists.size();
        }
        send(MembersKnown{members, source});
    }
    // What was told last are the members from now on, as the controller does it.
    void take_over() {
        if (taken_over_ < lists.size()) {
            taken_over_ = lists.size();
            know(lists.back());
        }
    }
    bool is_asking() const { return question || record_question || watched || https; }
    // An answer in parts has begun, and has not ended.
    bool is_streaming() const { return https && has_begun_; }
    bool is_staying() const { return watched || (https && https->stays); }
    // Ends the question under way, unless it stays. What is not whole comes before the connection
    // is lost.
    void answer(Reply reply) {
        if (watched) {
            send(Answered{std::move(reply)});
            return;
        }
        if (https) {
            answer_https(reply ? 200 : 0, std::move(reply));
            return;
        }
        const bool is_cut = question && reply && !question->is_whole(*reply);
        question.reset();
        send(Answered{is_cut ? Reply(base::Error{base::Errc::io, "the connection was closed"})
                             : std::move(reply)});
    }
    // Ends the question for records under way, if there is one.
    void answer_records(std::vector<io::RecordResult> results) {
        const std::vector<std::string> servers = record_question
                                                     ? servers_for(*record_question)
                                                     : std::vector<std::string>(results.size());
        record_question.reset();
        send(RecordsAnswered{std::move(results), search_list, servers});
    }
    void answer_records(io::LookupProblem problem) {
        answer_records({record_question->wishes.size(), io::RecordResult(problem)});
    }
    std::vector<io::RecordResult> results_for(const RecordQuestion& about) const {
        std::vector<io::RecordResult> results;
        for (const io::RecordWish& wish : about.wishes) {
            const auto found = records.find(text_of(wish));
            results.push_back(found == records.end()
                                  ? io::RecordResult(io::LookupProblem::not_found)
                                  : found->second);
        }
        return results;
    }

    void answer_https(unsigned status, Reply reply, base::seconds retry_after = {}) {
        end_questions();
        send(Answered{std::move(reply), status, retry_after});
    }
    // Ends the lookup of a name in use.
    void find(const std::string& host, std::vector<std::string> addresses) {
        looked_up_.insert(host);
        lost_.erase(host);
        last_good_[host] = addresses;
        send(NameTold{host, {.ips = std::move(addresses)}, false});
    }
    void lose(const std::string& host) {
        looked_up_.insert(host);
        lost_.insert(host);
        send(NameTold{host, {.ips = last_good_[host], .problem = "not found"}, true});
    }

    // A name that is in use and was not told yet; empty: none.
    std::string pending_name() const {
        for (const std::string& host : hosts) {
            if (!looked_up_.contains(host)) {
                return host;
            }
        }
        return {};
    }

    // What comes next when nothing goes wrong: a name is found, a question answered, a name that
    // was lost is found again, or it is time.
    void step() {
        const auto found_again = std::find_if(
            lost_.begin(), lost_.end(), [this](const auto& host) { return ips.contains(host); });
        if (const std::string host = pending_name(); !host.empty()) {
            ips.contains(host) ? find(host, ips[host]) : lose(host);
        } else if (question) {
            answer(reply_to(*question));
        } else if (record_question) {
            answer_records(results_for(*record_question));
        } else if (https && !(has_begun_ && parts.empty())) {
            go_on_with_https();
        } else if (is_staying() && wake_at == base::kNever) {
            read_file();
        } else if (found_again != lost_.end()) {
            const std::string again = *found_again;
            find(again, ips[again]);
        } else {
            ASSERT_NE(wake_at, base::kNever);
            now = std::max(now, wake_at);
            wake_at = base::kNever;
            send(TimeCame{});
        }
    }
    void run_until_told(std::size_t times = 1) {
        const std::size_t wanted = told() + times;
        for (int steps = 0; told() < wanted; ++steps) {
            ASSERT_LT(steps, 1000) << "nothing is told";
            step();
        }
    }
    // Asks, and runs until it is told.
    void poll(std::size_t times = 1) {
        for (std::size_t i = 0; i < times; ++i) {
            refresh();
            run_until_told();
        }
    }

    Reply reply_to(const NodeQuestion& about) const {
        for (const routing::Address& address : about.addresses) {
            const auto node = nodes.find(to_string(address));
            if (node != nodes.end()) {
                return node->second(about.bytes);
            }
        }
        return refused();
    }

    void send(const SourceEvent& event) {
        const SourceActions actions = machine_->resume(event, now);
        if (actions.names) {
            take_names(*actions.names);
        }
        if (actions.ask) {
            end_questions();
            std::visit([this](const auto& next) { take_question(next); }, *actions.ask);
        }
        wake_at = actions.wake_at.value_or(wake_at);
        if (!actions.log.empty()) {
            log.push_back(actions.log);
        }
        facts = actions.facts.value_or(facts);
        if (actions.tell) {
            take(*actions.tell, actions);
        }
        EXPECT_TRUE(is_asking() || !pending_name().empty() || wake_at != base::kNever)
            << "nothing will ever happen again";
        EXPECT_LE(questions_, questions_max) << "a poll without end";
    }

  private:
    void end_questions() {
        question.reset();
        record_question.reset();
        watched.reset();
        https.reset();
        has_begun_ = false;
        read_.reset();
    }
    // The first nameserver answers, or the second, whose word is wanted.
    static std::vector<std::string> servers_for(const RecordQuestion& about) {
        std::vector<std::string> servers;
        for (const io::RecordWish& wish : about.wishes) {
            servers.push_back(is_elsewhere(wish) ? "10.53.0.2:53" : "10.53.0.1:53");
        }
        return servers;
    }
    static bool is_elsewhere(const io::RecordWish& wish) { return wish.not_of == "10.53.0.1:53"; }
    static std::string text_of(const io::RecordWish& wish) {
        return wish.full_name + ' ' + std::string(to_string(wish.type));
    }
    // A whole answer, the beginning of one in parts, or the next part.
    void go_on_with_https() {
        if (has_begun_) {
            const std::string part = parts.front();
            parts.erase(parts.begin());
            send(PartCame{part});
            return;
        }
        auto [status, reply] = api ? api(*https) : std::pair<unsigned, Reply>(0, refused());
        has_begun_ = https->stays && status == 200;
        has_begun_ ? send(PartCame{}) : answer_https(status, std::move(reply));
    }
    // Tells what is new in the file, or lets time go by.
    void read_file() {
        if (!watched) {
            now += base::seconds(1);
            return;
        }
        const auto file = files.find(watched->path);
        const std::optional<std::string> text =
            file == files.end() ? std::nullopt : std::optional(file->second);
        if (read_ && *read_ == text) {
            now += base::seconds(1);
            return;
        }
        read_.emplace(text);
        answer(text ? Reply(*text)
                    : Reply(base::Error{base::Errc::io, watched->path + ": cannot be read"}));
    }

    void take_names(const std::set<std::string>& names) {
        std::erase_if(looked_up_, [&names](const auto& host) { return !names.contains(host); });
        std::erase_if(lost_, [&names](const auto& host) { return !names.contains(host); });
        hosts = names;
    }
    void take_question(const NodeQuestion& next) {
        EXPECT_FALSE(next.addresses.empty());
        for (const routing::Address& address : next.addresses) {
            EXPECT_FALSE(address.is_name()) << address.host;
        }
        EXPECT_GT(next.timeout.count(), 0);
        EXPECT_FALSE(next.is_whole(""));
        question = next;
        asked.push_back(to_string(next.addresses.front()) + ' ' +
                        next.bytes.substr(0, next.bytes.find('\r')));
    }
    void take_question(const RecordQuestion& next) {
        EXPECT_GT(next.timeout.count(), 0);
        ++questions_;
        record_question = next;
        std::string text;
        for (const io::RecordWish& wish : next.wishes) {
            text += (text.empty() ? "" : ", ") + text_of(wish);
        }
        const bool elsewhere = std::any_of(next.wishes.begin(), next.wishes.end(), is_elsewhere);
        asked.push_back((text.empty() ? "search list" : text) + (elsewhere ? " elsewhere" : ""));
    }
    void take_question(const FileQuestion& next) {
        EXPECT_FALSE(next.path.empty());
        EXPECT_GT(next.bytes_max, 0U);
        ++questions_;
        watched = next;
        asked.push_back("file " + next.path);
    }
    void take_question(const HttpsQuestion& next) {
        EXPECT_FALSE(next.addresses.empty());
        for (const routing::Address& address : next.addresses) {
            EXPECT_FALSE(address.is_name()) << address.host;
        }
        EXPECT_GT(next.timeout.count(), 0);
        EXPECT_GT(next.body_bytes_max, 0U);
        ++questions_;
        https = next;
        asked.push_back(to_string(next.addresses.front()) + ' ' + next.target);
    }
    static void take_question(const NoQuestion&) {}
    // A poll ends with what is told: nothing else is under way, and the next one is due. What
    // stays goes on.
    void take(const base::Expected<routing::Membership>& told, const SourceActions& actions) {
        if (!is_staying()) {
            const bool asks = actions.ask && !std::holds_alternative<NoQuestion>(*actions.ask);
            EXPECT_FALSE(asks) << "asks on after it has told";
            EXPECT_FALSE(question || record_question || https) << "a question is left over";
            EXPECT_GT(wake_at, now);
            EXPECT_LE(wake_at, now + pause_max);
        }
        questions_ = 0;
        if (!told) {
            EXPECT_NE(told.error().message, "");
            failures.push_back(told.error());
            return;
        }
        EXPECT_FALSE(told->members.empty());
        if (lists.size() > lists_when_emptied && !versions_may_fall) {
            EXPECT_GE(told->source_version, lists.back().source_version);
        }
        lists.push_back(*told);
    }

    const std::unique_ptr<SourceMachine> machine_;
    std::set<std::string> looked_up_;  // names in use that were told
    std::set<std::string> lost_;       // of these, the ones whose last lookup failed
    std::map<std::string, std::vector<std::string>> last_good_;
    bool has_begun_ = false;                          // the answer to `https`, which stays
    std::optional<std::optional<std::string>> read_;  // of the file that is watched
    std::size_t taken_over_ = 0;                      // of `lists`
    int questions_ = 0;                               // since something was told last
};

}  // namespace ringside::discovery
