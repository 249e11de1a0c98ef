#include "http/json.h"

#include <fmt/core.h>

#include <utility>

namespace ringside::http {

namespace {

constexpr int kIndent = 2;

std::string dump(const Json& document) {
    return document.dump(kIndent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string to_text_within(const Json& item, std::size_t depth) {
    const std::string indent(depth * kIndent, ' ');
    std::string text;
    for (const char c : indent + dump(item)) {  // no string of it has a newline: it is escaped
        text += c;
        if (c == '\n') {
            text += indent;
        }
    }
    return text;
}

std::string to_text(const Json& document) {
    std::string text = dump(document);
    text.push_back('\n');
    return text;
}

base::Expected<Json> parse_json(std::string_view text) {
    bool is_too_deep = false;
    const auto judge = [&is_too_deep](int depth, Json::parse_event_t event, Json&) {
        const bool opens =
            event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
        is_too_deep = is_too_deep || (opens && static_cast<std::size_t>(depth) >= kJsonDepthMax);
        return !is_too_deep;  // what is too deep is dropped
    };
    try {
        Json document = Json::parse(text.begin(), text.end(), judge);
        if (is_too_deep) {
            return base::Error{base::Errc::malformed,
                               fmt::format("nested deeper than {}", kJsonDepthMax)};
        }
        return document;
    } catch (const Json::parse_error& error) {
        return base::Error{base::Errc::malformed, fmt::format("no JSON at byte {}", error.byte)};
    }
}

}  // namespace ringside::http
