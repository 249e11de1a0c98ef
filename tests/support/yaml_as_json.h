// YAML as yaml-cpp reads it, as JSON: to compare the one with the other.
#pragma once

#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include <string>

namespace ringside::testing {

// What is quoted is a string; a plain word is what JSON would take it for, or else a string.
inline nlohmann::json as_json(const YAML::Node& node) {
    using Json = nlohmann::json;
    Json value;
    switch (node.Type()) {
        case YAML::NodeType::Undefined:
        case YAML::NodeType::Null:
            return nullptr;
        case YAML::NodeType::Scalar: {
            const Json plain = Json::parse(node.Scalar(), nullptr, false);
            return node.Tag() == "!" || plain.is_discarded() ? Json(node.Scalar()) : plain;
        }
        case YAML::NodeType::Sequence:
            value = Json::array();
            for (const YAML::Node& item : node) {
                value.push_back(as_json(item));
            }
            return value;
        case YAML::NodeType::Map:
            value = Json::object();
            for (const auto& member : node) {
                value[member.first.Scalar()] = as_json(member.second);
            }
            return value;
    }
    return value;
}

inline nlohmann::json yaml_as_json(const std::string& text) {
    return as_json(YAML::Load(text));
}

}  // namespace ringside::testing
