#include "fields.h"

#include "table.h"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

namespace ringside::ctl {

using http::Json;

std::string percent(double share) {
    constexpr double kPercent = 100.0;
    return fmt::format("{:.1f}%", share * kPercent);
}

std::string number(const Json& value) {
    return std::to_string(value.get<std::int64_t>());
}

std::string counted(std::int64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string text_or_dash(const Json& value) {
    if (value.is_null()) {
        return "-";
    }
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string seconds_of(const Json& milliseconds) {
    if (milliseconds.is_null()) {
        return "-";
    }
    constexpr double kMillisecondsPerSecond = 1000.0;
    return fmt::format("{:.0f}s", milliseconds.get<double>() / kMillisecondsPerSecond);
}

std::string ms_of(const Json& microseconds) {
    constexpr double kUsPerMs = 1000.0;
    return microseconds.is_null() ? "-"
                                  : fmt::format("{:.3f} ms", microseconds.get<double>() / kUsPerMs);
}

std::string line(std::string_view label, const std::string& value) {
    return fmt::format("{:<14}{}\n", label, printable(value));
}

void add_names(std::string& text, std::string_view label, const Json& names) {
    for (const Json& name : names) {
        text += fmt::format("{:<14}{}\n", label, printable(name.get<std::string>()));
    }
}

// A process of before `state_dir` does not tell.
void add_staleness(std::string& text, const Json& object) {
    if (object.value("stale", false)) {
        text += line("stale", "a list from before the start, said on " +
                                  text_or_dash(object.at("stale_since")));
    }
}

std::string sources_table(const Json& sources, const View& view) {
    Table table(
        {"SOURCE", "DECIDES", "STATE", "NODES", "ANSWERS", "FAILURES", "LAST ANSWER", "FAILING"},
        view);
    for (const Json& source : sources) {
        table.add({source.at("description").get<std::string>(),
                   source.at("authoritative").get<bool>() ? "yes" : "no",
                   source.at("state").get<std::string>(), number(source.at("node_count")),
                   number(source.at("answers")), number(source.at("failures")),
                   text_or_dash(source.at("last_answer")),
                   text_or_dash(source.at("last_failure"))});
    }
    return table.text();
}

std::string who_changed(const Json& change) {
    constexpr std::pair<const char*, char> kLists[] = {
        {"added", '+'}, {"removed", '-'}, {"changed", '~'}, {"ejected", '!'}, {"returned", '^'}};
    std::string text;
    for (const auto& [list, sign] : kLists) {
        const Json& names = change.at(list).at("names");
        for (const Json& name : names) {
            text += fmt::format("{}{}{}", text.empty() ? "" : " ", sign, name.get<std::string>());
        }
        const auto left_out = change.at(list).at("count").get<std::size_t>() - names.size();
        text += left_out > 0 ? fmt::format(" and {}{} more", sign, left_out) : "";
    }
    return text;
}

std::string causes_of(const Json& change) {
    std::string text;
    for (const Json& cause : change.at("causes")) {
        text += (text.empty() ? "" : ", ") + cause.get<std::string>();
    }
    return text;
}

}  // namespace ringside::ctl
