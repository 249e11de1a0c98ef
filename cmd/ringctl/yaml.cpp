#include "yaml.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace ringside::ctl {
namespace {

using http::Json;

// Words that YAML 1.1 or 1.2 take for something else than a string.
constexpr auto kYamlWords =
    std::to_array<std::string_view>({"true", "false", "yes", "no", "on", "off", "null", "y", "n"});

bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_plain(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return !text.empty() && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(),
                       [](char c) {
                           return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                                  c == '/';
                       }) &&
           std::find(kYamlWords.begin(), kYamlWords.end(), lower) == kYamlWords.end();
}

// In one line. A string of JSON is one of YAML, too (YAML 1.2.2, chapter 5.7).
std::string scalar(const Json& value) {
    if (value.is_string() && is_plain(value.get_ref<const std::string&>())) {
        return value.get<std::string>();
    }
    std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    // YAML 1.1 takes "1e-05" for a string.
    const std::size_t exponent = text.find('e');
    if (value.is_number_float() && exponent != std::string::npos &&
        text.find('.') == std::string::npos) {
        text.insert(exponent, ".0");
    }
    return text;
}

bool is_in_one_line(const Json& value) {
    return !value.is_structured() || value.empty() ||
           (value.is_array() && std::all_of(value.begin(), value.end(),
                                            [](const Json& each) { return each.is_number(); }));
}

// `first` stands in front of the first line, `rest` in front of the others.
void add_block(std::string& text, const Json& value, const std::string& first,
               const std::string& rest) {
    std::string_view indent = first;
    const auto add_item = [&](const std::string& lead, const Json& item,
                              const std::string& deeper) {
        text += indent;
        indent = rest;
        if (is_in_one_line(item)) {
            text += lead + " " + scalar(item) + "\n";
            return;
        }
        if (value.is_array()) {
            add_block(text, item, lead + " ", deeper);
            return;
        }
        text += lead + "\n";
        add_block(text, item, deeper, deeper);
    };
    if (value.is_array()) {
        for (const Json& item : value) {
            add_item("-", item, rest + "  ");
        }
        return;
    }
    for (const auto& [key, item] : value.items()) {
        add_item(scalar(Json(key)) + ":", item, rest + "  ");
    }
}

}  // namespace

std::string to_yaml(const http::Json& document) {
    if (is_in_one_line(document)) {
        return scalar(document) + "\n";
    }
    std::string text;
    add_block(text, document, "", "");
    return text;
}

std::string as_data(const View& view, const std::string& json) {
    if (view.format == Format::yaml) {
        const Json document = Json::parse(json, nullptr, false);
        if (!document.is_discarded()) {
            return to_yaml(document);
        }
    }
    return json.ends_with('\n') ? json : json + "\n";
}

}  // namespace ringside::ctl
