// GET /openapi.json: the table of routes for programs (OpenAPI 3.1.0), with that of the shapes of
// their answers. What these mean is told in docs/ADMIN_API.md.
#include "admin/answer_shapes.h"
#include "admin/routes.h"
#include "http/json.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::admin {
namespace {

using http::Json;

constexpr std::string_view kProblemType = "application/problem+json";

std::vector<std::string> split(std::string_view text, std::string_view separator) {
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + separator.size());
    }
}

std::string_view listener_of(AdminScope scope) noexcept {
    switch (scope) {
        case AdminScope::probes:
            return "probes";
        case AdminScope::stats:
            return "statistics";
        case AdminScope::everything:
            return "admin";
    }
    return "admin";
}

// "getPoolsPoolWhatIf" of GET /pools/{pool}/what-if.
std::string operation_id(const Route& route) {
    std::string id = route.method == http::Method::get ? "get" : "post";
    bool begins_word = true;
    for (const char c : route.path) {
        const bool is_letter = c >= 'a' && c <= 'z';
        if (is_letter) {
            id += begins_word ? static_cast<char>(c - 'a' + 'A') : c;
        }
        begins_word = !is_letter;
    }
    return id == "get" ? "getIndex" : id;
}

// A row's `value` is "60s", an example, "a|b", all that there is, or nothing: a switch.
Json value_schema(const QueryRow& row) {
    if (row.value.empty()) {
        return {{"type", "string"}, {"maxLength", 0}};
    }
    if (row.value == "true|false") {
        return {{"type", "boolean"}};
    }
    if (row.value.find('|') != std::string_view::npos) {
        return {{"type", "string"}, {"enum", split(row.value, "|")}};
    }
    return {{"type", "string"}, {"minLength", row.may_be_empty ? 0 : 1}};
}

std::string description_of(const QueryRow& row) {
    const bool is_form = !row.value.empty() && row.value.find('|') == std::string_view::npos;
    return is_form ? fmt::format("{}: {}", row.value, row.help) : std::string(row.help);
}

Json query_parameter(const QueryRow& row) {
    Json schema = value_schema(row);
    if (row.may_repeat) {
        schema = {{"type", "array"}, {"items", std::move(schema)}};
    }
    Json parameter = {{"name", row.name},
                      {"in", "query"},
                      {"description", description_of(row)},
                      {"required", row.is_required}};
    if (row.value.empty()) {
        parameter["allowEmptyValue"] = true;
    }
    parameter["schema"] = std::move(schema);
    return parameter;
}

Json parameter_list(const Route& route) {
    Json parameters = Json::array();
    for (const std::string& segment : split(route.path, "/")) {
        if (segment.starts_with('{')) {
            parameters.push_back({{"name", segment.substr(1, segment.size() - 2)},
                                  {"in", "path"},
                                  {"required", true},
                                  {"schema", {{"type", "string"}, {"minLength", 1}}}});
        }
    }
    for (const QueryRow& row : route.query) {
        parameters.push_back(query_parameter(row));
    }
    return parameters;
}

// The parameters of a POST, in the other form that they may have.
Json request_body(const Route& route) {
    if (route.body == BodyForm::keys) {
        return {{"required", true},
                {"content",
                 {{"application/json",
                   {{"schema", {{"type", "array"}, {"items", {{"type", "string"}}}}}}}}}};
    }
    Json properties = Json::object();
    for (const QueryRow& row : route.query) {
        Json schema = value_schema(row);
        if (schema["type"] == "string" && !schema.contains("enum")) {
            schema["type"] = {"string", "number"};  // {"for": 60}
        }
        schema["description"] = description_of(row);
        properties[std::string(row.name)] = std::move(schema);
    }
    return {{"required", false},
            {"content",
             {{"application/json",
               {{"schema",
                 {{"type", "object"},
                  {"properties", std::move(properties)},
                  {"additionalProperties", false}}}}}}}};
}

Json reference_to(std::string_view shape) {
    return {{"$ref", fmt::format("#/components/schemas/{}", shape)}};
}

// "string|null", "Node[]", "NodeAnswer|Moved".
Json schema_of(ShapeText text) {
    Json alternatives = Json::array();
    Json types = Json::array();
    for (const std::string& part : split(text, "|")) {
        const bool is_list = part.ends_with("[]");
        const std::string name = is_list ? part.substr(0, part.size() - 2) : part;
        const bool is_shape = name.front() >= 'A' && name.front() <= 'Z';
        if (!is_list && !is_shape) {
            types.push_back(name);
            continue;
        }
        Json schema = is_shape ? reference_to(name) : Json{{"type", name}};
        alternatives.push_back(is_list ? Json{{"type", "array"}, {"items", std::move(schema)}}
                                       : std::move(schema));
    }
    if (!types.empty()) {
        alternatives.push_back({{"type", types.size() == 1 ? types.front() : types}});
    }
    return alternatives.size() == 1 ? alternatives.front() : Json{{"anyOf", alternatives}};
}

Json schema_of(const AnswerShape& shape) {
    Json required = Json::array();
    Json properties = Json::object();
    for (const ShapeMember& member : shape.members) {
        std::string name(member.name);
        if (name.back() == '?') {
            name.pop_back();
        } else {
            required.push_back(name);
        }
        properties[name] = schema_of(member.type);
    }
    return {{"type", "object"},
            {"required", std::move(required)},
            {"properties", std::move(properties)}};
}

Json content_of(const Route& route) {
    Json content = Json::object();
    for (const std::string& type : split(route.answer.types, ", ")) {
        const ShapeText shape = type == "application/json" ? answer_shape_of(route) : "string";
        content[type] = {{"schema", schema_of(shape.empty() ? "object|object[]" : shape)}};
    }
    return content;
}

Json responses_of(const Route& route) {
    Json responses = Json::object();
    responses[std::to_string(route.answer.status)] = {
        {"description", http::reason_phrase(route.answer.status)}, {"content", content_of(route)}};
    if (route.answer.is_tagged) {
        responses["304"] = {{"description", "What If-None-Match names is still so"}};
    }
    if (route.answer.types == "text/plain") {
        responses["503"] = {{"description", "It is not so, and why"},
                            {"content", content_of(route)}};
    }
    responses["default"] = {{"$ref", "#/components/responses/Problem"}};
    return responses;
}

Json operation_of(const Route& route) {
    Json operation = {{"operationId", operation_id(route)},
                      {"tags", Json::array({listener_of(route.scope)})},
                      {"description", route.help},
                      {"parameters", parameter_list(route)}};
    if (route.method == http::Method::post) {
        operation["requestBody"] = request_body(route);
    }
    operation["responses"] = responses_of(route);
    // Without a token file none is asked for.
    operation["security"] = {Json::object(), {{"token", Json::array()}}};
    if (route.scope != AdminScope::everything || route.answer.is_public) {
        operation["security"] = {Json::object()};
    }
    return operation;
}

Json components() {
    const Json text = {{"type", "string"}};
    const Json problem = {
        {"type", "object"},
        {"description", "RFC 9457; `code` is a word for programs."},
        {"required", {"type", "title", "status", "detail", "code"}},
        {"properties",
         {{"type", text},
          {"title", text},
          {"status", {{"type", "integer"}}},
          {"detail", text},
          {"code", text}}},
    };
    Json content = Json::object();
    content[std::string(kProblemType)] = {{"schema", {{"$ref", "#/components/schemas/Problem"}}}};
    Json schemas = {{"Problem", problem}};
    for (const AnswerShape& shape : answer_shapes()) {
        schemas[std::string(shape.name)] = schema_of(shape);
    }
    return {{"schemas", std::move(schemas)},
            {"responses",
             {{"Problem", {{"description", "An error"}, {"content", std::move(content)}}}}},
            {"securitySchemes",
             {{"token",
               {{"type", "http"},
                {"scheme", "bearer"},
                {"description", "That of `ringside.admin_token_file`, if there is one."}}}}}};
}

}  // namespace

std::string openapi_json(std::string_view version) {
    Json paths = Json::object();
    for (const Route& route : routes()) {
        paths[std::string(route.path)][route.method == http::Method::get ? "get" : "post"] =
            operation_of(route);
    }
    return http::to_text({
        {"openapi", "3.1.0"},
        {"info",
         {{"title", "Ringside admin API"},
          {"version", version},
          {"license", {{"name", "Apache License 2.0"}, {"identifier", "Apache-2.0"}}}}},
        {"servers", Json::array({{{"url", "/"}}})},
        {"tags",
         {{{"name", "probes"}, {"description", "On every listener."}},
          {{"name", "statistics"}, {"description", "On the listeners of admin and stats."}},
          {{"name", "admin"}, {"description", "On the listener of admin."}}}},
        {"paths", std::move(paths)},
        {"components", components()},
    });
}

}  // namespace ringside::admin
