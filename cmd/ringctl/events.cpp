#include "events.h"

#include "event_stream.h"
#include "fields.h"
#include "table.h"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <utility>

namespace ringside::ctl {
namespace {

using base::Error;
using base::Expected;
using http::Json;

std::string ring_line(const Json& change) {
    const Json& moved = change.at("moved_percent");
    return fmt::format(
        "pool {}: {}: {}; {} of {} nodes in the ring{}", change.at("pool").get<std::string>(),
        causes_of(change), who_changed(change), number(change.at("nodes_in_ring")),
        number(change.at("nodes")),
        moved.is_null() ? "" : fmt::format(", {:.2f} % of the keys moved", moved.get<double>()));
}

std::string reload_line(const Json& config) {
    const Json& last = config.at("last_attempt");
    const auto reason = last.at("reason").get<std::string>();
    return fmt::format("configuration {} ({}){}{}",
                       last.at("applied").get<bool>() ? "applied" : "refused",
                       last.at("trigger").get<std::string>(), reason.empty() ? "" : ": ", reason);
}

std::string drain_line(const Json& drain) {
    return fmt::format("the process was told to end, and ends within {}",
                       seconds_of(drain.at("limit_ms")));
}

struct EventRow {
    std::string_view name;
    std::string (*line)(const Json& data);
};
constexpr auto kEvents = std::to_array<EventRow>({
    {"ring", ring_line},
    {"reload", reload_line},
    {"drain", drain_line},
});

std::string clock_time() {
    const auto now = std::chrono::system_clock::now();
    return fmt::format("{:%H:%M:%S}", fmt::localtime(std::chrono::system_clock::to_time_t(now)));
}

// One line of JSON for programs: {"event": "ring", "data": {...}}.
std::string text_of_event(const Event& event, const View& view) {
    const Json data = Json::parse(event.data);
    if (view.is_data()) {
        return Json({{"event", event.name}, {"data", data}})
            .dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    return clock_time() + "  " + event_line(event.name, data);
}

}  // namespace

std::string event_line(std::string_view name, const Json& data) {
    for (const EventRow& row : kEvents) {
        if (row.name == name) {
            return printable(fmt::format("{:<7} {}", name, row.line(data)));
        }
    }
    return printable(fmt::format("{:<7} {}", name, data.dump()));
}

Expected<Shown> run_events(Api& api, const Options& options) {
    const auto address = api.address();
    if (!address) {
        return address.error();
    }
    EventStream stream;
    if (const auto opened = stream.open(*address, options.timeout); !opened) {
        return opened.error().in("events of " + routing::to_string(*address));
    }
    for (std::uint64_t shown = 0; !options.count || shown < *options.count;) {
        const auto event = stream.next();
        if (!event) {
            return event.error();
        }
        if (!*event) {
            fmt::print(stderr, "ringctl: {} has ended the stream\n", routing::to_string(*address));
            return Shown{"", kExitUnreachable};
        }
        if ((*event)->name == "hello") {
            continue;
        }
        fmt::print("{}\n", text_of_event(**event, options.view));
        std::fflush(stdout);
        ++shown;
    }
    return Shown{};
}

}  // namespace ringside::ctl
