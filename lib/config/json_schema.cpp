#include "config/json_schema.h"

#include "base/json_text.h"
#include "config/schema.h"
#include "config/source_rows.h"

#include <fmt/format.h>

#include <span>
#include <string_view>

namespace ringside::config {
namespace {

std::string quoted(std::string_view text) {
    return fmt::format("\"{}\"", base::json_text(text));
}

// "a, b" as "\"a\", \"b\"".
std::string list_of(std::string_view words) {
    std::string list;
    while (!words.empty()) {
        const std::string_view word = words.substr(0, words.find(", "));
        list += (list.empty() ? "" : ", ") + quoted(word);
        words.remove_prefix(word.size() == words.size() ? word.size() : word.size() + 2);
    }
    return list;
}

std::string ref(std::string_view definition) {
    return fmt::format(R"("$ref": "#/$defs/{}")", definition);
}

// What a value may be, as members of a schema. YAML reads a bare 12 as a number where a text is
// meant, and a duration may be either.
std::string members_of(const Key& key) {
    switch (key.type) {
        case Type::number:
            return fmt::format(R"("type": "integer", "minimum": {}, "maximum": {})", key.min,
                               key.max);
        case Type::boolean:
            return R"("type": "boolean")";
        case Type::share:
            return R"("type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9]+%?$")";
        case Type::duration:
            return R"("type": ["integer", "string"], "minimum": 0, )"
                   R"("pattern": "^[0-9]+(ms|s|m|h)?$")";
        case Type::choice:
            return fmt::format(R"("enum": [{}])", list_of(key.choices));
        case Type::text:
        case Type::path:
        case Type::address:
        case Type::listen:
            return R"("type": ["string", "number"])";
        case Type::listens:
        case Type::names:
        case Type::hosts:
        case Type::ranges:
        case Type::ips:
            return R"("type": ["string", "array"], "items": {"type": "string"})";
        case Type::servers:
            return fmt::format(
                R"("type": "array", "items": {{"type": "string"}}, "minItems": {}, "maxItems": {})",
                key.min, key.max);
        case Type::map:
            return {};
    }
    return {};
}

// `map`: the definition of one of type map.
std::string property_of(const Key& key, std::string_view map) {
    std::string members = members_of(key);
    if (key.type == Type::map) {
        members = ref(map);
    } else if (key.type != Type::choice && !key.choices.empty()) {
        members =
            fmt::format(R"("anyOf": [{{{}}}, {{"enum": [{}]}}])", members, list_of(key.choices));
    }
    const std::string usual =
        key.default_text.empty() ? std::string() : fmt::format(" Default: {}.", key.default_text);
    return fmt::format("        {}: {{{}, \"description\": {}}}", quoted(key.name), members,
                       quoted(std::string(key.doc) + usual));
}

// An object with these keys and no others. `map_of` tells the definition of a key of type map.
template <typename Target, typename MapOf>
std::string definition(std::string_view name, std::span<const Row<Target>> rows, MapOf map_of,
                       std::string_view more = {}) {
    std::string properties;
    std::string required;
    for (const auto& [key, set] : rows) {
        properties += (properties.empty() ? "" : ",\n") + property_of(key, map_of(key));
        if (key.required) {
            required += (required.empty() ? "" : ", ") + quoted(key.name);
        }
    }
    return fmt::format(
        "    {}: {{\n      \"type\": \"object\",\n      \"additionalProperties\": "
        "false,\n{}      \"required\": [{}],\n      \"properties\": {{\n{}\n      "
        "}}\n    }}",
        quoted(name), more, required, properties);
}

std::string source_definitions() {
    std::string text;
    for (const SourceRow& row : source_rows()) {
        const std::string name(row.key.name);
        if (!row.settings.empty()) {
            text += ",\n" + definition("source_" + name, row.settings,
                                       [&name](const Key&) { return "tls_" + name; });
        }
        if (!row.tls.empty()) {
            text += ",\n" + definition("tls_" + name, row.tls, [](const Key&) { return ""; });
        }
    }
    return text;
}

}  // namespace

std::string config_json_schema() {
    const auto named = [](const Key& key) { return std::string(key.name); };
    const auto of_source = [](const Key& key) { return "source_" + std::string(key.name); };
    return fmt::format(
        "{{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
        "  \"title\": \"Ringside: pools by name, and the process\",\n"
        "  \"type\": \"object\",\n"
        "  \"properties\": {{{}: {{{}}}}},\n"
        "  \"patternProperties\": {{\"^{}\": {{\"type\": \"object\"}}}},\n"
        "  \"additionalProperties\": {{{}}},\n"
        "  \"$defs\": {{\n{},\n{},\n{},\n{},\n"
        "    \"discovery\": {{\"anyOf\": [{{{}}}, {{\"type\": \"array\", \"minItems\": 1, "
        "\"items\": {{{}}}}}]}}{}\n  }}\n}}\n",
        quoted(kProcessMapName), ref("process"), kTemplatePrefix, ref("pool"),
        definition("process", process_rows(), named), definition("drain", drain_rows(), named),
        definition("pool", pool_rows(), named),
        definition("source", discovery_rows(), of_source,
                   "      \"minProperties\": 1,\n      \"maxProperties\": 1,\n"),
        ref("source"), ref("source"), source_definitions());
}

}  // namespace ringside::config
