// What is done to a document before its keys are read: templates are merged, variables replaced.
#pragma once

#include "config/environment.h"
#include "config/yaml_text.h"

#include <optional>
#include <string>

namespace ringside::config {

struct YamlProblem {
    YAML::Mark mark;
    std::string reason;
};

// Gives each map that has `<<: *other`, or a list of those, the keys of the others that it has not
// itself; of several the first counts (https://yaml.org/type/merge.html). Places stay those where
// things were written.
std::optional<YamlProblem> merge_maps(const YAML::Node& root);

// Replaces variables in all values, not in keys.
std::optional<YamlProblem> expand_values(const YAML::Node& root, const Variables& variables);

// Both, the second where the document asks for it: `ringside: {expand_env: true}`.
std::optional<YamlProblem> prepare_document(const YAML::Node& root);

// A top-level map that others are made of, and no pool (kTemplatePrefix).
bool is_template(const YAML::Node& name, const YAML::Node& map);

}  // namespace ringside::config
