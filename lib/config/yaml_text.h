// YAML from outside: what is looked at before a document is built, what is found in it, and where.
// For the files that read YAML: those of this layer, and inject/yaml.cpp.
#pragma once

#include "base/error.h"

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::config {

// No key of ours is deeper than a third of this.
inline constexpr std::size_t kYamlDepthMax = 16;

// Keys and values. A file of the largest size that lists nothing but nodes has a quarter of this.
inline constexpr std::size_t kYamlValuesMax = 200'000;

// Marks count from 0, and a node without a place has -1 in both.
inline int line_of(const YAML::Mark& mark) noexcept {
    return std::max(mark.line, 0) + 1;
}
inline int column_of(const YAML::Mark& mark) noexcept {
    return std::max(mark.column, 0) + 1;
}

// A key, its value and where it stands: "alpha.timeout".
struct Setting {
    YAML::Node key;
    YAML::Node value;
    std::string path;
    std::string text = {};  // of a value that is no map
};

// The keys of a map that were given.
using Given = std::map<std::string_view, Setting>;

// Errors with their place in a file. `file` outlives it.
class Places {
  public:
    explicit Places(std::string_view file) : file_(file) {}

    std::string line_place_of(const YAML::Mark& mark) const {
        return fmt::format("{}:{}", file_, line_of(mark));
    }
    std::string place_of(const YAML::Mark& mark) const {
        return fmt::format("{}:{}", line_place_of(mark), column_of(mark));
    }
    // "FILE: reason", of what is nowhere in it.
    base::Error in_file(std::string_view reason) const {
        return {base::Errc::invalid_config, fmt::format("{}: {}", file_, reason)};
    }
    // "FILE:LINE:COLUMN: reason".
    base::Error at(const YAML::Mark& mark, std::string_view reason) const {
        return {base::Errc::invalid_config, fmt::format("{}: {}", place_of(mark), reason)};
    }
    // "FILE:LINE:COLUMN: PATH: reason", of the key: that it is there, or that its value is not.
    base::Error at(const Setting& setting, std::string_view reason) const {
        return at(setting.key.Mark(), fmt::format("{}: {}", setting.path, reason));
    }
    // The same of the value: what it says.
    base::Error at_value(const Setting& setting, std::string_view reason) const {
        return at(setting.value.Mark(), fmt::format("{}: {}", setting.path, reason));
    }

  private:
    const std::string_view file_;
};

// Looks at a document before it is built. yaml-cpp 0.7 bounds neither time nor memory: some texts
// (", a") are documents without end to it, and an alias inside its own anchor is never freed.
class YamlInspector : public YAML::EventHandler {
  public:
    explicit YamlInspector(std::size_t depth_max = kYamlDepthMax) : depth_max_(depth_max) {}

    bool is_null() const noexcept { return root_ == Root::null; }
    bool is_map() const noexcept { return root_ == Root::map; }
    bool is_list() const noexcept { return root_ == Root::list; }
    YAML::Mark mark() const noexcept { return mark_; }

    void OnDocumentStart(const YAML::Mark& mark) override { mark_ = mark; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { enter(mark, Root::null); }
    void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  const std::string&) override {
        enter(mark, Root::other);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        enter(mark, Root::other);
        if (std::find(open_.begin(), open_.end(), anchor) != open_.end()) {
            throw YAML::ParserException(mark, "an alias stands inside of what it names");
        }
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        enter(mark, Root::list);
        open_.push_back(anchor);
    }
    void OnSequenceEnd() override { open_.pop_back(); }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        enter(mark, Root::map);
        open_.push_back(anchor);
    }
    void OnMapEnd() override { open_.pop_back(); }

  private:
    enum class Root { none, null, map, list, other };

    // A key, a value, a map or a list begins; the first one is the root.
    void enter(const YAML::Mark& mark, Root root) {
        if (root_ == Root::none) {
            root_ = root;
        }
        if (++value_count_ > kYamlValuesMax) {
            throw YAML::ParserException(
                mark, fmt::format("there are more than {} values", kYamlValuesMax));
        }
        if (open_.size() >= depth_max_) {
            throw YAML::ParserException(mark, "this is nested too deeply");
        }
    }

    std::size_t depth_max_;
    Root root_ = Root::none;
    YAML::Mark mark_;
    std::size_t value_count_ = 0;
    std::vector<YAML::anchor_t> open_;  // of the maps and sequences around; 0: no anchor
};

}  // namespace ringside::config
