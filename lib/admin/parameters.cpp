#include "admin/parameters.h"

#include "admin/json.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace ringside::admin {
namespace {

base::Error invalid(std::string message) {
    return {base::Errc::invalid_argument, std::move(message)};
}

std::string names_of(std::span<const QueryRow> rows) {
    if (rows.empty()) {
        return "this path takes none";
    }
    std::string text;
    for (const QueryRow& row : rows) {
        text += fmt::format("{}'{}'", text.empty() ? "there is " : ", ", row.name);
    }
    return text;
}

}  // namespace

base::Expected<std::vector<http::QueryParameter>> parameters_of(const http::Request& request) {
    std::vector<http::QueryParameter> parameters = request.query;
    if (request.body.empty()) {
        return parameters;
    }
    if (request.method != http::Method::post) {
        return invalid("only POST may have a body");
    }
    auto members = read_parameters_json(request.body);
    if (!members) {
        return members.error();
    }
    std::move(members->begin(), members->end(), std::back_inserter(parameters));
    return parameters;
}

base::Status judge_parameters(std::span<const QueryRow> rows,
                              std::span<const http::QueryParameter> given) {
    for (const http::QueryParameter& parameter : given) {
        const auto has_this_name = [&parameter](const auto& other) {
            return other.name == parameter.name;
        };
        const auto row = std::find_if(rows.begin(), rows.end(), has_this_name);
        if (row == rows.end()) {
            return invalid(
                fmt::format("unknown parameter '{}': {}", parameter.name, names_of(rows)));
        }
        if (!row->may_repeat && std::count_if(given.begin(), given.end(), has_this_name) > 1) {
            return invalid(fmt::format("parameter '{}' is repeated", parameter.name));
        }
        if (parameter.value.empty() && !row->value.empty() && !row->may_be_empty) {
            return invalid(fmt::format("{}: a value is missing: {}", row->name, row->value));
        }
        if (!parameter.value.empty() && row->value.empty()) {
            return invalid(fmt::format("{}: takes no value", row->name));
        }
    }
    return base::Done{};
}

base::Expected<bool> flag_of(const http::Request& request, std::string_view name) {
    const auto text = request.parameter(name);
    if (!text || *text == "false") {
        return false;
    }
    if (*text == "true") {
        return true;
    }
    return base::Error{base::Errc::invalid_argument, fmt::format("{}: true or false", name)};
}

}  // namespace ringside::admin
