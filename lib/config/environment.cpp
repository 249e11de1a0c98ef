#include "config/environment.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

namespace ringside::config {
namespace {

using base::Errc;
using base::Error;
using base::Expected;

constexpr std::string_view kOpening = "${";
constexpr std::string_view kDefault = ":-";

bool is_variable_name(std::string_view text) noexcept {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    return !text.empty() && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(),
                       [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

// `inner`: what stands between the braces.
Expected<std::string> value_of(std::string_view inner, const Variables& variables) {
    const std::size_t colon = inner.find(kDefault);
    const std::string name(inner.substr(0, colon));
    if (!is_variable_name(name)) {
        return Error{
            Errc::invalid_config,
            fmt::format("\"${{{}}}\" is not ${{NAME}} or ${{NAME:-DEFAULT}}; write $${{ for "
                        "a ${{ that is meant",
                        inner)};
    }
    const std::optional<std::string> value = variables(name);
    if (colon != std::string_view::npos) {
        return value && !value->empty() ? *value
                                        : std::string(inner.substr(colon + kDefault.size()));
    }
    if (!value) {
        return Error{Errc::invalid_config,
                     fmt::format("the variable {} is not set; set it, or write ${{{}:-DEFAULT}}",
                                 name, name)};
    }
    return *value;
}

}  // namespace

Variables process_variables() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
        return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
    };
}

base::Expected<std::string> expand(std::string_view text, const Variables& variables) {
    std::string expanded;
    for (;;) {
        const std::size_t opening = text.find(kOpening);
        if (opening == std::string_view::npos) {
            return expanded.append(text);
        }
        expanded.append(text.substr(0, opening));
        text.remove_prefix(opening + kOpening.size());
        if (expanded.ends_with('$')) {  // $${
            expanded.back() = '$';
            expanded.push_back('{');
            continue;
        }
        const std::size_t closing = text.find('}');
        if (closing == std::string_view::npos) {
            return Error{Errc::invalid_config, "\"${\" has no \"}\" behind it"};
        }
        auto value = value_of(text.substr(0, closing), variables);
        if (!value) {
            return value;
        }
        expanded += *value;
        text.remove_prefix(closing + 1);
    }
}

}  // namespace ringside::config
