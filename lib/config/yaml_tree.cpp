#include "config/yaml_tree.h"

#include "config/schema.h"

#include <set>
#include <utility>
#include <vector>

namespace ringside::config {
namespace {

constexpr const char* kMergeKey = "<<";

// Where a node was written. An alias is the node of its anchor, and is there once.
using Place = std::pair<int, int>;

Place place_of(const YAML::Node& node) {
    return {node.Mark().line, node.Mark().column};
}

class Merger {
  public:
    std::optional<YamlProblem> merge(YAML::Node node) {
        if (!(node.IsMap() || node.IsSequence()) || !seen_.insert(place_of(node)).second) {
            return std::nullopt;
        }
        std::vector<YAML::Node> sources;
        for (auto entry : node) {
            const bool is_of_map = node.IsMap();
            const YAML::Node value =
                is_of_map ? entry.second : static_cast<const YAML::Node&>(entry);
            if (auto problem = merge(value)) {
                return problem;
            }
            if (is_of_map && is_merge_key(entry.first)) {
                sources.push_back(entry.second);
            }
        }
        for (const YAML::Node& source : sources) {
            if (auto problem = take(node, source)) {
                return problem;
            }
        }
        return std::nullopt;
    }

  private:
    static bool is_merge_key(const YAML::Node& key) {
        return key.IsScalar() && key.Scalar() == kMergeKey && key.Tag() != "!";
    }

    std::optional<YamlProblem> take(YAML::Node& target, const YAML::Node& source) {
        std::vector<YAML::Node> maps;
        if (source.IsSequence()) {
            for (const auto& entry : source) {
                maps.push_back(entry);
            }
        } else {
            maps.push_back(source);
        }
        std::set<std::string> present;
        for (const auto& entry : target) {
            present.insert(entry.first.Scalar());
        }
        for (const YAML::Node& map : maps) {
            if (!map.IsMap()) {
                return YamlProblem{source.Mark(),
                                   "\"<<\" takes a map, such as *NAME of one that has &NAME"};
            }
            std::set<std::string> own;  // of a template nobody else looks for what is there twice
            for (const auto& entry : map) {
                if (!own.insert(entry.first.Scalar()).second) {
                    return YamlProblem{entry.first.Mark(),
                                       '"' + entry.first.Scalar() + "\" is given twice"};
                }
                if (!present.insert(entry.first.Scalar()).second) {
                    continue;
                }
                if (++taken_ > kYamlValuesMax) {
                    return YamlProblem{source.Mark(), "\"<<\" makes the file too large"};
                }
                target.force_insert(entry.first, entry.second);
            }
        }
        target.remove(std::string(kMergeKey));
        return std::nullopt;
    }

    std::set<Place> seen_;
    std::size_t taken_ = 0;
};

std::optional<YamlProblem> expand_node(YAML::Node node, const Variables& variables,
                                       std::set<Place>& seen) {
    if (!node.IsDefined() || node.IsNull() || !seen.insert(place_of(node)).second) {
        return std::nullopt;
    }
    if (node.IsScalar()) {
        const auto text = expand(node.Scalar(), variables);
        if (!text) {
            return YamlProblem{node.Mark(), text.error().message};
        }
        if (*text != node.Scalar()) {
            node = *text;
        }
        return std::nullopt;
    }
    for (auto entry : node) {
        const YAML::Node value =
            node.IsMap() ? entry.second : static_cast<const YAML::Node&>(entry);
        if (auto problem = expand_node(value, variables, seen)) {
            return problem;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<YamlProblem> merge_maps(const YAML::Node& root) {
    return Merger().merge(root);
}

std::optional<YamlProblem> expand_values(const YAML::Node& root, const Variables& variables) {
    std::set<Place> seen;
    return expand_node(root, variables, seen);
}

std::optional<YamlProblem> prepare_document(const YAML::Node& root) {
    if (auto problem = merge_maps(root)) {
        return problem;
    }
    const YAML::Node process = root[std::string(kProcessMapName)];
    const YAML::Node wanted = process && process.IsMap() ? process["expand_env"] : YAML::Node();
    const bool expands = wanted && wanted.IsScalar() && wanted.Scalar() == "true";
    return expands ? expand_values(root, process_variables()) : std::nullopt;
}

bool is_template(const YAML::Node& name, const YAML::Node& map) {
    return name.IsScalar() && name.Scalar().starts_with(kTemplatePrefix) && map.IsMap() &&
           !map["listen"];
}

}  // namespace ringside::config
