#include "yaml_tree.h"

#include "base/json_text.h"
#include "base/parse.h"
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
        YamlTree key = {};  // the one that waits for its value, with its name
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
            take_block(tree, mark, value);
        } else if (tag == "!" && (rest.starts_with('"') || rest.starts_with('\''))) {
            take_quoted(tree, mark, rest, value);
        } else if (tag == "?" || tag == "!") {
            tree.token = in_double_quotes(value);
        } else {
            tree.token = fmt::format("!<{}> {}", tag, in_double_quotes(value));
        }
        return tree;
    }

    // As it is written. Within [] and {}, which are written in one line, it has to end in its own.
    void take_quoted(YamlTree& tree, const YAML::Mark& mark, std::string_view rest,
                     const std::string& value) const {
        const char quote = rest.front();
        std::size_t begin = 1;
        for (auto i = static_cast<std::size_t>(mark.line); i < lines_.size(); ++i) {
            const bool is_first = tree.token.empty();
            std::string_view line = is_first ? rest : base::trimmed(lines_[i]);
            const std::size_t end = end_of_quoted(line, quote, begin);
            line = line.substr(0, end);
            begin = 0;
            if (is_first) {
                tree.token = line;
            } else {
                tree.block.emplace_back(line);
            }
            if (end != std::string_view::npos) {
                break;
            }
        }
        const bool is_in_flow = !open_.empty() && open_.back().tree.is_flow;
        if (!tree.block.empty() && is_in_flow) {
            tree.token = in_double_quotes(value);
            tree.block.clear();
        }
    }

    // Behind the quote that ends it; npos: it goes on in the next line.
    static std::size_t end_of_quoted(std::string_view line, char quote, std::size_t begin) {
        for (std::size_t i = begin; i < line.size(); ++i) {
            const bool is_doubled =
                quote == '\'' && i + 1 < line.size() && line[i] == quote && line[i + 1] == quote;
            if ((line[i] == '\\' && quote == '"') || is_doubled) {
                ++i;
            } else if (line[i] == quote) {
                return i + 1;
            }
        }
        return std::string_view::npos;
    }

    // The lines of a literal or folded block, without their common indentation.
    void take_block(YamlTree& tree, const YAML::Mark& mark, const std::string& value) const {
        const std::string_view rest = at(mark);
        tree.token = rest.substr(0, rest.find_first_of(" \t#"));
        if (tree.token.find_first_of("123456789") != std::string::npos) {
            tree.token = in_double_quotes(value);  // counts from where it stood
            return;
        }
        const BlockLines block = block_below(lines_, static_cast<std::size_t>(mark.line),
                                             static_cast<std::size_t>(mark.column));
        for (std::size_t i = block.first; i < block.end; ++i) {
            tree.block.emplace_back(
                lines_[i].substr(std::min(block.indentation, lines_[i].size())));
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
            for (YamlTree& each : from.entries) {
                merge(into, std::move(each));
            }
            return;
        }
        for (YamlTree& entry : from.entries) {
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
            around.tree.entries.push_back(std::move(tree));
        } else if (!around.has_key) {
            around.has_key = true;
            around.is_merge = std::exchange(is_merge_, false);
            around.key = std::move(tree);
            around.key.name = name_;
        } else {
            around.has_key = false;
            if (around.is_merge) {
                around.merged.push_back(std::move(tree));
                return;
            }
            tree.name = std::move(around.key.name);
            tree.key = std::move(around.key.token);
            tree.key_line = around.key.line;
            around.tree.entries.push_back(std::move(tree));
        }
    }

    static std::size_t count(const YamlTree& tree) {
        std::size_t sum = 1;
        for (const YamlTree& entry : tree.entries) {
            sum += count(entry);
        }
        return sum;
    }

    static void forget_place(YamlTree& tree) {
        tree.line = 0;
        tree.key_line = 0;
        for (YamlTree& entry : tree.entries) {
            forget_place(entry);
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
