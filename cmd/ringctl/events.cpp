#include "events.h"

#include "event_stream.h"
#include "fields.h"
#include "table.h"
#include "yaml.h"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <utility>

namespace ringside::ctl {
namespace {

using base::Expected;
using http::Json;

std::string ring_line(const Json& change) {
    const Json& moved = change.at("moved_percent");
    return fmt::format(
        "pool {}: {}: {}; {} of {} nodes in the ring{}", change.at("pool").get<std::string>(),
        causes_of(change), who_changed(change), number(change.at("nodes_in_ring")),
        number(change.at("node_count")),
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

// For programs a line of JSON, {"event": "ring", "data": {...}}, or a document of YAML.
std::string text_of_event(const Event& event, const View& view) {
    const Json data = Json::parse(event.data);
    if (!view.is_data()) {
        return clock_time() + "  " + event_line(event.name, data) + "\n";
    }
    const Json document = {{"event", event.name}, {"data", data}};
    return view.format == Format::yaml
               ? "---\n" + to_yaml(document)
               : document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Shown end_with(int exit_code, std::string_view message) {
    fmt::print(stderr, "ringctl: {}\n", message);
    return {"", exit_code};
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
    if (const auto opened = stream.open(*address, api.token(), options.timeout); !opened) {
        if (stream.refusal() == kStatusUnauthorized) {
            return api.unauthorized();
        }
        return end_with(stream.refusal() ? kExitRefused : kExitUnreachable,
                        opened.error().in("events of " + routing::to_string(*address)).message);
    }
    for (std::uint64_t shown = 0; !options.count || shown < *options.count;) {
        const auto event = stream.next();
        if (!event) {
            return end_with(kExitUnreachable, event.error().message);
        }
        if (!*event) {
            return end_with(kExitUnreachable,
                            routing::to_string(*address) + " has ended the stream");
        }
        if ((*event)->name == "hello") {
            continue;
        }
        fmt::print("{}", text_of_event(**event, options.view));
        if (std::fflush(stdout) != 0) {
            return Shown{};  // nobody sees the next one either
        }
        ++shown;
    }
    return Shown{};
}

}  // namespace ringside::ctl
