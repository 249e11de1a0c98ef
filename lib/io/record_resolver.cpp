#include "io/record_resolver.h"

#include "base/host_name.h"
#include "io/ares_channel.h"
#include "io/host_names.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace ringside::io {
namespace {

// As many kinds of them as there are sources with settings of their own, or fewer.
constexpr std::size_t kChannelsMax = 64;

}  // namespace

struct RecordResolver::Question : std::enable_shared_from_this<Question> {
    Question(EventLoop& loop, SearchList list, OnAnswer told)
        : search(std::move(list)), on_answer(std::move(told)), timer(loop) {}

    const SearchList search;
    OnAnswer on_answer;  // empty once it was called
    EventLoop::Timer timer;
    std::vector<std::shared_ptr<AresChannel>> channels;  // that are asked, one for each wish
    std::vector<std::optional<RecordResult>> results;
    std::vector<std::string> servers;  // whose they are
    std::size_t open = 0;              // of these results

    void ask(const std::vector<RecordWish>& wishes);
    void take(std::size_t index, const RecordResult& result, const std::string& server = {});
    void end();
};

void RecordResolver::Question::ask(const std::vector<RecordWish>& wishes) {
    open = wishes.size();
    results.resize(wishes.size());
    servers.resize(wishes.size());
    for (std::size_t i = 0; i < wishes.size(); ++i) {
        const std::string& name = wishes[i].full_name;
        if (!base::is_host_name(name)) {
            take(i, LookupProblem::too_long_or_invalid_name);
        } else if (is_never_in_dns(lower_case(name)) || is_localhost(lower_case(name))) {
            take(i, LookupProblem::not_found);
        } else {
            channels[i]->ask_records(
                name, wishes[i].type,
                [weak = weak_from_this(), i](const RecordResult& result, const auto& server) {
                    if (const auto self = weak.lock()) {
                        self->take(i, result, server);
                    }
                });
        }
    }
}

void RecordResolver::Question::take(std::size_t index, const RecordResult& result,
                                    const std::string& server) {
    if (results[index] || !on_answer) {
        return;
    }
    results[index] = result;
    servers[index] = server;
    if (--open == 0) {
        timer.arm(base::Clock::now(), [this] { end(); });  // later: ask() may still be running
    }
}

void RecordResolver::Question::end() {
    timer.cancel();
    Answer answer{.results = {}, .search = search, .servers = servers};
    for (auto& result : results) {
        answer.results.push_back(result ? std::move(*result)
                                        : RecordResult(LookupProblem::timed_out));
    }
    const auto keep_alive = shared_from_this();
    std::exchange(on_answer, nullptr)(std::move(answer));
}

RecordResolver::RecordResolver(EventLoop& loop, NameResolver::Options options)
    : loop_(loop), options_(std::move(options)) {}

RecordResolver::~RecordResolver() = default;

std::shared_ptr<AresChannel> RecordResolver::channel(const Kind& kind) {
    const FileStamp now = FileStamp::of(options_.resolv_conf);
    if (now != resolv_conf_) {
        resolv_conf_ = now;
        channels_.clear();
    }
    auto& channel = channels_[kind];
    if (!channel || !channel->is_open()) {
        channel = std::make_shared<AresChannel>(
            loop_, AresChannel::Options{.try_timeout = kind.try_timeout,
                                        .tries = options_.tries,
                                        .resolv_conf = options_.resolv_conf,
                                        .servers = options_.servers,
                                        .port = options_.port,
                                        .without = kind.without});
    }
    return channel;
}

RecordResolver::QuestionPtr RecordResolver::ask(Request request, OnAnswer on_answer) {
    if (channels_.size() > kChannelsMax) {
        channels_.clear();  // settings that were changed again and again
    }
    Kind kind{.without = {},
              .try_timeout = std::min(options_.try_timeout, request.timeout * 2 / 5)};
    const auto of_all = channel(kind);
    auto question = std::make_shared<Question>(
        loop_, SearchList{of_all->search_domains(), of_all->ndots()}, std::move(on_answer));
    Question& asked = *question;
    for (const RecordWish& wish : request.wishes) {
        kind.without = wish.not_of;
        asked.channels.push_back(channel(kind));
    }
    asked.timer.arm(base::Clock::now() + request.timeout, [&asked] { asked.end(); });
    asked.ask(request.wishes);
    if (request.wishes.empty()) {
        asked.timer.arm(base::Clock::now(), [&asked] { asked.end(); });
    }
    return question;
}

}  // namespace ringside::io
