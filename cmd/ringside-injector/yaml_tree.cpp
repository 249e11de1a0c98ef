#include "yaml_tree.h"

#include "base/json_text.h"
#include "yaml_lines.h"

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace ringside::injector {
namespace {

// An alias counts for all that it stands for.
constexpr std::size_t kValuesMax = 500'000;

struct TooLarge {};

// Builds the tree out of what yaml-cpp tells, and out of the source at the places it names.
class Builder : public YAML::EventHandler {
  public:
    explicit Builder(std::string_view text) : lines_(lines_of(text)) {}

    std::optional<YamlTree> root;
    bool indents_lists = false;

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        // Where nothing stands the place is that of what comes next.
        const std::string_view rest = at(mark);
        for (const std::string_view word : {"null", "Null", "NULL", "~"}) {
            if (rest.starts_with(word)) {
                add({.line = mark.line + 1, .token = std::string(word)}, anchor);
                return;
            }
        }
        add({}, anchor);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        name_ = value;
        is_merge_ = tag == "?" && value == "<<";
        add(scalar(mark, tag, value), anchor);
    }
    void OnAlias(const YAML::Mark&, YAML::anchor_t anchor) override {
        const auto known = anchors_.find(anchor);
        YamlTree copy = known == anchors_.end() ? YamlTree{} : known->second;
        forget_place(copy);
        name_.clear();
        add(std::move(copy), 0);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override {
        if (style == YAML::EmitterStyle::Block && !open_.empty() && open_.back().has_key &&
            !has_seen_list_) {
            has_seen_list_ = true;
            indents_lists = mark.column > open_.back().column;
        }
        open(YamlTree::Kind::list, mark, anchor, style);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override {
        open(YamlTree::Kind::map, mark, anchor, style);
    }
    void OnMapEnd() override { close(); }

  private:
    struct Open {
        YamlTree tree;
        YAML::anchor_t anchor;
        int column;
        bool has_key = false;
        bool is_merge = false;
        YamlTree::Entry entry = {};
        std::vector<YamlTree> merged = {};
    };

    std::string_view at(const YAML::Mark& mark) const {
        const auto index = static_cast<std::size_t>(std::max(mark.line, 0));
        const auto column = static_cast<std::size_t>(std::max(mark.column, 0));
        return index < lines_.size() && column <= lines_[index].size()
                   ? lines_[index].substr(column)
                   : std::string_view{};
    }

    YamlTree scalar(const YAML::Mark& mark, const std::string& tag, const std::string& value) {
        YamlTree tree{.line = mark.line + 1};
        const std::string_view rest = at(mark);
        if (tag == "?" && value.find('\n') == std::string::npos && rest.starts_with(value)) {
            tree.token = value;
        } else if (tag == "!" && (rest.starts_with('|') || rest.starts_with('>'))) {
            take_block(tree, mark, rest);
        } else if (tag == "!" && (rest.starts_with('"') || rest.starts_with('\''))) {
            tree.token = quoted_token(rest, value);
        } else if (tag == "?" || tag == "!") {
            tree.token = in_double_quotes(value);
        } else {
            tree.token = fmt::format("!<{}> {}", tag, in_double_quotes(value));
        }
        return tree;
    }

    // As it is written, if it ends in its line.
    static std::string quoted_token(std::string_view rest, const std::string& value) {
        const char quote = rest.front();
        for (std::size_t i = 1; i < rest.size(); ++i) {
            if (rest[i] == '\\' && quote == '"') {
                ++i;
            } else if (rest[i] == quote && quote == '\'' && i + 1 < rest.size() &&
                       rest[i + 1] == quote) {
                ++i;
            } else if (rest[i] == quote) {
                return std::string(rest.substr(0, i + 1));
            }
        }
        return in_double_quotes(value);
    }

    // The lines of a literal or folded block, without their common indentation.
    void take_block(YamlTree& tree, const YAML::Mark& mark, std::string_view rest) {
        const std::size_t end = rest.find_first_of(" \t#");
        tree.token = std::string(rest.substr(0, end));
        const auto first = static_cast<std::size_t>(mark.line) + 1;
        std::size_t last = first;
        std::size_t indentation = 0;
        for (std::size_t i = first; i < lines_.size(); ++i) {
            const std::size_t own = indentation_of(lines_[i]);
            if (own == lines_[i].size()) {
                continue;  // a blank one belongs to it if more comes, or if ends are kept
            }
            if (indentation == 0 && own > indentation_of(lines_[first - 1])) {
                indentation = own;
            }
            if (indentation == 0 || own < indentation) {
                break;
            }
            last = i + 1;
        }
        if (tree.token.find('+') != std::string::npos) {
            while (last < lines_.size() && indentation_of(lines_[last]) == lines_[last].size()) {
                ++last;
            }
        }
        for (std::size_t i = first; i < last; ++i) {
            tree.block.emplace_back(lines_[i].substr(std::min(indentation, lines_[i].size())));
        }
    }

    void open(YamlTree::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor,
              YAML::EmitterStyle::value style) {
        open_.push_back({.tree = {.kind = kind,
                                  .line = mark.line + 1,
                                  .is_flow = style == YAML::EmitterStyle::Flow},
                         .anchor = anchor,
                         .column = mark.column});
    }

    void close() {
        Open closed = std::move(open_.back());
        open_.pop_back();
        for (YamlTree& merged : closed.merged) {
            merge(closed.tree, std::move(merged));
        }
        name_.clear();
        is_merge_ = false;
        add(std::move(closed.tree), closed.anchor);
    }

    // https://yaml.org/type/merge.html: what a map says itself goes first, then the earlier one.
    static void merge(YamlTree& into, YamlTree from) {
        if (from.kind == YamlTree::Kind::list) {
            for (YamlTree::Entry& each : from.entries) {
                merge(into, std::move(each.value));
            }
            return;
        }
        for (YamlTree::Entry& entry : from.entries) {
            const bool is_there =
                std::any_of(into.entries.begin(), into.entries.end(),
                            [&entry](const auto& own) { return own.name == entry.name; });
            if (!is_there) {
                into.entries.push_back(std::move(entry));
            }
        }
    }

    void add(YamlTree tree, YAML::anchor_t anchor) {
        values_ += tree.line == 0 ? count(tree) : 1;  // of an alias, all
        if (values_ > kValuesMax) {
            throw TooLarge{};
        }
        if (anchor != 0) {
            anchors_[anchor] = tree;
        }
        if (open_.empty()) {
            root = std::move(tree);
            return;
        }
        Open& around = open_.back();
        if (around.tree.kind == YamlTree::Kind::list) {
            around.tree.entries.push_back({.name = {}, .key = {}, .value = std::move(tree)});
        } else if (!around.has_key) {
            around.has_key = true;
            around.is_merge = std::exchange(is_merge_, false);
            around.entry = {.name = name_, .key = std::move(tree), .value = {}};
        } else {
            around.has_key = false;
            if (around.is_merge) {
                around.merged.push_back(std::move(tree));
                return;
            }
            around.entry.value = std::move(tree);
            around.tree.entries.push_back(std::move(around.entry));
        }
    }

    static std::size_t count(const YamlTree& tree) {
        std::size_t sum = 1;
        for (const YamlTree::Entry& entry : tree.entries) {
            sum += count(entry.value);
        }
        return sum;
    }

    static void forget_place(YamlTree& tree) {
        tree.line = 0;
        for (YamlTree::Entry& entry : tree.entries) {
            entry.key.line = 0;
            forget_place(entry.value);
        }
    }

    const std::vector<std::string_view> lines_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, YamlTree> anchors_;
    std::string name_;       // of the scalar that has come last
    bool is_merge_ = false;  // it is `<<`
    bool has_seen_list_ = false;
    std::size_t values_ = 0;
};

}  // namespace

std::string in_double_quotes(std::string_view text) {
    return "\"" + base::json_text(text) + "\"";
}

std::optional<YamlText> read_yaml_text(const std::string& text) {
    std::istringstream stream(text);
    Builder builder(text);
    try {
        YAML::Parser parser(stream);
        if (!parser.HandleNextDocument(builder) || !builder.root) {
            return std::nullopt;
        }
    } catch (const YAML::Exception&) {
        return std::nullopt;
    } catch (const TooLarge&) {
        return std::nullopt;
    }
    return YamlText{.root = std::move(*builder.root),
                    .comments = find_comments(text),
                    .indents_lists = builder.indents_lists};
}

}  // namespace ringside::injector
