// What a line of the log is about, for programs that read it as JSON.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ringside::base {

enum class LogEvent : std::uint8_t {
#define RINGSIDE_LOG_EVENT(name, help) name,
#include "base/log_events.def"
};

struct LogEventRow {
    std::string_view name;
    std::string_view help;
};
std::span<const LogEventRow> log_events() noexcept;  // by LogEvent
std::string_view to_string(LogEvent event) noexcept;

// Members of the JSON object, those that are not empty.
struct LogFields {
    LogEvent event;
    std::string pool = {};
    std::string node = {};  // its name on the ring
    std::string source = {};
    std::string cause = {};
    std::string from = {};
    std::string to = {};
    // Of what Kubernetes has: "shop", "web-7d9c5b6f4-", "ReplicaSet/web-7d9c5b6f4".
    std::string namespace_name = {};
    std::string pod = {};
    std::string owner = {};
};

// `,"event":"node_lost","pool":"alpha"`.
std::string json_members(const LogFields& fields);

}  // namespace ringside::base
