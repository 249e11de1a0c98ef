#include "admin/events.h"

#include "admin/answers.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::admin {
namespace {

constexpr unsigned kServiceUnavailable = 503;

}  // namespace

Events::~Events() {
    for (const auto& stream : streams_) {
        stream->end();
    }
}

http::Response Events::listen() {
    drop_ended();
    if (streams_.size() >= kListenersMax) {
        ++refused_;
        return error_answer(kServiceUnavailable, "too_many_listeners",
                            fmt::format("{} clients listen to events already", kListenersMax));
    }
    auto stream = std::make_shared<http::BodyStream>();
    // A browser that has lost the connection comes back after so many milliseconds.
    stream->give("retry: 2000\nevent: hello\ndata: {}\n\n");
    streams_.push_back(stream);
    if (streams_.size() == 1) {
        arm_heartbeat();
    }
    http::Response response;
    response.content_type = "text/event-stream";
    response.stream = std::move(stream);
    return response;
}

void Events::tell(std::string_view name, std::string_view json) {
    ++last_id_;
    drop_ended();
    if (streams_.empty()) {
        return;
    }
    const std::string text = fmt::format("id: {}\nevent: {}\ndata: {}\n\n", last_id_, name, json);
    for (const auto& stream : streams_) {
        const bool was_ended = stream->is_ended();
        stream->give(text);
        given_up_ += !was_ended && stream->is_ended() ? 1 : 0;
    }
}

void Events::drop_ended() {
    std::erase_if(streams_, [](const auto& stream) { return stream->is_ended(); });
}

void Events::arm_heartbeat() {
    heartbeat_.arm(base::Clock::now() + kHeartbeat, [this] {
        drop_ended();
        for (const auto& stream : streams_) {
            stream->give(":\n\n");
        }
        if (!streams_.empty()) {
            arm_heartbeat();
        }
    });
}

std::string one_line(std::string json) {
    std::replace(json.begin(), json.end(), '\n', ' ');
    while (!json.empty() && json.back() == ' ') {
        json.pop_back();
    }
    return json;
}

}  // namespace ringside::admin
