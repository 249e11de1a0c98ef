#include "base/log_fields.h"

#include "base/json_text.h"

#include <fmt/core.h>

#include <array>
#include <cstddef>
#include <utility>

namespace ringside::base {
namespace {

constexpr auto kEvents = std::to_array<LogEventRow>({
#define RINGSIDE_LOG_EVENT(name, help) {#name, help},
#include "base/log_events.def"
});

}  // namespace

std::span<const LogEventRow> log_events() noexcept {
    return kEvents;
}

std::string_view to_string(LogEvent event) noexcept {
    return kEvents[static_cast<std::size_t>(event)].name;
}

std::string json_members(const LogFields& fields) {
    std::string members = fmt::format(R"(,"event":"{}")", to_string(fields.event));
    const auto texts = std::to_array<std::pair<std::string_view, const std::string*>>(
        {{"pool", &fields.pool},
         {"node", &fields.node},
         {"source", &fields.source},
         {"cause", &fields.cause},
         {"from", &fields.from},
         {"to", &fields.to},
         {"namespace", &fields.namespace_name},
         {"pod", &fields.pod},
         {"owner", &fields.owner}});
    for (const auto& [name, text] : texts) {
        if (!text->empty()) {
            members += fmt::format(R"(,"{}":"{}")", name, json_text(*text));
        }
    }
    return members;
}

}  // namespace ringside::base
