#include "discovery/source_driver.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/source_rows.h"

#include <optional>
#include <string>
#include <utility>

namespace ringside::discovery {

using base::Clock;
using base::LogEvent;
using routing::Membership;

SourceDriver::SourceDriver(const Means& means, config::Source source,
                           std::unique_ptr<SourceMachine> machine)
    : loop_(means.loop),
      records_(means.records),
      source_(std::move(source)),
      machine_(std::move(machine)),
      names_(means.names.open([this](const std::string& host, const NameState& state, bool failed) {
          resume(NameTold{host, state, failed});
      })),
      wake_timer_(means.loop),
      tell_timer_(means.loop) {
    CHECK(machine_ != nullptr);
}

void SourceDriver::start(SourceSink sink) {
    sink_ = std::move(sink);
    running_ = true;
    resume(Started{source_});
}

bool SourceDriver::configure(const config::Source& settings) {
    if (describe(settings) != describe(source_)) {
        return false;
    }
    if (settings != source_) {
        source_ = settings;
        resume(SettingsChanged{settings});
    }
    return true;
}

void SourceDriver::refresh(RefreshAsked how) {
    resume(how);
}

void SourceDriver::set_known_members(const MembersKnown& members) {
    resume(members);
}

void SourceDriver::stop() {
    running_ = false;
    wake_timer_.cancel();
    tell_timer_.cancel();
    untold_facts_.reset();
    untold_.clear();
    question_ = {};
    names_->use({});
}

void SourceDriver::resume(const SourceEvent& event) {
    if (!running_) {
        return;
    }
    SourceActions actions = machine_->resume(event, Clock::now());
    if (!actions.log.empty()) {
        base::log().info({LogEvent::source_news}, "{}", actions.log);
    }
    if (actions.names) {
        names_->use(*actions.names);
    }
    if (actions.ask) {
        std::visit([this](auto& question) { begin(std::move(question)); }, *actions.ask);
    }
    if (actions.wake_at) {
        wake_timer_.arm(*actions.wake_at, [this] { resume(TimeCame{}); });
    }
    if (actions.facts) {
        untold_facts_ = std::move(actions.facts);
    }
    if (actions.tell) {
        untold_.push_back(std::move(*actions.tell));
    }
    if (actions.tell || actions.facts) {
        // Later: whoever has called is not called back from here.
        tell_timer_.arm(Clock::now(), [this] { tell_next(); });
    }
}

void SourceDriver::begin(NodeQuestion question) {
    question_ = std::make_unique<Exchange>(
        loop_,
        Exchange::Request{.addresses = std::move(question.addresses),
                          .bytes = std::move(question.bytes),
                          .timeout = question.timeout,
                          .why_no_byte = question.why_no_byte},
        question.is_whole,
        [this](base::Expected<std::string> bytes) { on_answer(std::move(bytes)); });
}

void SourceDriver::begin(RecordQuestion question) {
    question_ =
        records_.ask({.wishes = std::move(question.wishes), .timeout = question.timeout},
                     [this](io::RecordResolver::Answer answer) {
                         question_ = {};
                         resume(RecordsAnswered{std::move(answer.results), std::move(answer.search),
                                                std::move(answer.servers)});
                     });
}

void SourceDriver::begin(FileQuestion question) {
    question_ = std::make_unique<FileReading>(
        loop_, std::move(question),
        [this](base::Expected<std::string> text) { resume(Answered{std::move(text)}); });
}

void SourceDriver::begin(HttpsQuestion question) {
    question_ = std::make_unique<HttpsAsking>(
        loop_, std::move(question),
        HttpsAsking::Events{.on_part = [this](PartCame part) { resume(part); },
                            .on_end =
                                [this](Answered answer) {
                                    question_ = {};
                                    resume(answer);
                                }});
}

void SourceDriver::on_answer(base::Expected<std::string> bytes) {
    question_ = {};
    resume(Answered{std::move(bytes)});
}

void SourceDriver::tell_next() {
    if (untold_facts_ && sink_.on_facts) {
        sink_.on_facts(std::move(*untold_facts_));
    }
    untold_facts_.reset();
    if (untold_.empty()) {
        return;
    }
    base::Expected<Membership> next = std::move(untold_.front());
    untold_.erase(untold_.begin());
    if (!untold_.empty()) {
        tell_timer_.arm(Clock::now(), [this] { tell_next(); });
    }
    const SourceSink sink = sink_;  // this may be gone when it returns
    if (next) {
        sink.on_membership(std::move(*next));
    } else {
        sink.on_failure(std::move(next.error()));
    }
}

}  // namespace ringside::discovery
