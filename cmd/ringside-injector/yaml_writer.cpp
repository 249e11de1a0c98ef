#include "yaml_writer.h"

#include "inject/yaml.h"
#include "yaml_lines.h"

#include <algorithm>
#include <utility>

namespace ringside::injector {
namespace {

using inject::Json;

constexpr std::size_t kIndent = 2;

// JSON in a text can be read between single quotes only.
bool is_better_in_single_quotes(std::string_view text) {
    return text.find('"') != std::string_view::npos && text.find('\'') == std::string_view::npos &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// In one line, and fit to stand within [] and {}.
std::string token_of(const Json& value) {
    if (value.is_string() && is_better_in_single_quotes(value.get_ref<const std::string&>())) {
        return "'" + value.get<std::string>() + "'";
    }
    std::string token = inject::yaml_of_json(value);
    while (token.ends_with('\n')) {
        token.pop_back();
    }
    if (value.is_string() && token.find_first_of("\n,[]{}") != std::string::npos) {
        return in_double_quotes(value.get_ref<const std::string&>());
    }
    return token;
}

// A literal block shows the lines of a text, unless some of it could not be seen or would be lost.
// YAML 1.1 has more ends of lines: NEL, LS and PS.
bool is_fit_for_block(std::string_view text) {
    for (const std::string_view sign :
         {"\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xef\xbb\xbf"}) {
        if (text.find(sign) != std::string_view::npos) {
            return false;
        }
    }
    const auto is_control = [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == '\x7f';
    };
    return text.find('\n') < text.size() - 1 && text.front() != ' ' && text.front() != '\n' &&
           !text.ends_with("\n\n") && text.find(" \n") == std::string_view::npos &&
           !text.ends_with(' ') && std::none_of(text.begin(), text.end(), is_control);
}

YamlTree with_key(YamlTree tree, const std::string& name, const YamlTree& key) {
    tree.name = name;
    tree.key = key.token;
    tree.key_line = key.line;
    return tree;
}

YamlTree tree_of(const Json& value) {
    YamlTree tree;
    if (value.is_string() && is_fit_for_block(value.get_ref<const std::string&>())) {
        const std::string& text = value.get_ref<const std::string&>();
        tree.token = text.ends_with('\n') ? "|" : "|-";
        for (const std::string_view line : lines_of(text)) {
            tree.block.emplace_back(line);
        }
        return tree;
    }
    if (!value.is_structured()) {
        tree.token = token_of(value);
        return tree;
    }
    tree.kind = value.is_array() ? YamlTree::Kind::list : YamlTree::Kind::map;
    if (value.is_array()) {
        for (const Json& item : value) {
            tree.entries.push_back(tree_of(item));
        }
        return tree;
    }
    for (const auto& [name, item] : value.items()) {
        tree.entries.push_back(with_key(tree_of(item), name, {.token = token_of(Json(name))}));
    }
    return tree;
}

YamlTree emptied(const YamlTree& tree) {
    YamlTree result = tree;
    result.is_flow = false;
    result.entries.clear();
    return result;
}

YamlTree carried_map(const YamlTree& tree, const Json& before, const Json& after) {
    YamlTree result = emptied(tree);
    for (const auto& [name, value] : after.items()) {
        const auto old = std::find_if(tree.entries.begin(), tree.entries.end(),
                                      [&key = name](const auto& each) { return each.name == key; });
        const auto old_value = before.find(name);
        if (old == tree.entries.end() || old_value == before.end()) {
            result.entries.push_back(
                with_key(tree_of(value), name, {.token = token_of(Json(name))}));
            continue;
        }
        result.entries.push_back(with_key(carried_over(*old, *old_value, value), name,
                                          {.line = old->key_line, .token = old->key}));
    }
    return result;
}

// Whether an item of a list is another state of the same thing: Kubernetes' lists go by names.
bool is_same_item(const Json& before, const Json& after) {
    if (before == after) {
        return true;
    }
    const auto name_of = [](const Json& item) {
        const auto name = item.is_object() ? item.find("name") : item.end();
        return item.is_object() && name != item.end() ? *name : Json();
    };
    const Json name = name_of(after);
    return !name.is_null() && name_of(before) == name;
}

YamlTree carried_list(const YamlTree& tree, const Json& before, const Json& after) {
    YamlTree result = emptied(tree);
    std::size_t next = 0;
    const std::size_t count = std::min(tree.entries.size(), before.size());
    // Of a List they may have nothing in common but their place.
    const bool is_by_place = before.size() == after.size();
    for (std::size_t i = 0; i < after.size(); ++i) {
        std::size_t found = is_by_place ? i : next;
        while (!is_by_place && found < count && !is_same_item(before[found], after[i])) {
            ++found;
        }
        if (found >= count) {
            result.entries.push_back(tree_of(after[i]));
            continue;
        }
        result.entries.push_back(carried_over(tree.entries[found], before[found], after[i]));
        next = found + 1;
    }
    return result;
}

class Writer {
  public:
    explicit Writer(const YamlText& text)
        : lists_indent_(text.indents_lists ? kIndent : 0),
          lines_(text.comments.lines),
          trailing_(text.comments.trailing) {}

    std::string write(const YamlTree& root) {
        if (root.kind == YamlTree::Kind::scalar || root.entries.empty() || root.is_flow) {
            text_ += flow(root);
            end_line(root.line);
        } else {
            write_entries(root, 0, false);
        }
        tell_comments(0);
        return std::move(text_);
    }

  private:
    // Those above this line of the source; 0: all that are left. One that stood behind something
    // that is not there any more has a line of its own.
    void tell_comments(int line) {
        const auto is_above = [line](const auto& comments) {
            return !comments.empty() && (line == 0 || comments.begin()->first < line);
        };
        while (is_above(lines_) || is_above(trailing_)) {
            const bool is_line =
                is_above(lines_) &&
                (!is_above(trailing_) || lines_.begin()->first < trailing_.begin()->first);
            auto& comments = is_line ? lines_ : trailing_;
            const std::string_view comment = comments.begin()->second;
            // Deeper below a block it would be a part of it.
            const std::size_t own = std::min(comment.find_first_not_of(" \t"), comment.size());
            text_.append(std::min(is_line ? own : 0, block_indent_.value_or(own)), ' ');
            text_ += std::string(comment.substr(own)) + "\n";
            comments.erase(comments.begin());
        }
    }

    void end_line(int line) {
        const auto comment = line == 0 ? trailing_.end() : trailing_.find(line);
        if (comment != trailing_.end()) {
            text_ += comment->second;
            trailing_.erase(comment);
        }
        text_ += '\n';
    }

    // `continues`: the first one stands behind the dash of a list.
    void write_entries(const YamlTree& tree, std::size_t indent, bool continues) {
        for (const YamlTree& entry : tree.entries) {
            const bool is_list = tree.kind == YamlTree::Kind::list;
            const int line = first_line(entry, is_list);
            if (!std::exchange(continues, false)) {
                if (line != 0) {
                    tell_comments(line);
                }
                text_.append(indent, ' ');
            }
            if (is_list) {
                text_ += '-';
                write_item(entry, indent);
            } else {
                text_ += entry.key + ":";
                write_value(entry, indent, entry.key_line);
            }
        }
    }

    // What stands above a value that has a line of its own comes above its key.
    static int first_line(const YamlTree& entry, bool is_list) {
        const bool counts = is_list || entry.kind == YamlTree::Kind::scalar;
        return counts ? std::max(entry.key_line, entry.line) : entry.key_line;
    }

    bool write_in_line(const YamlTree& tree, std::size_t indent, int line) {
        if (tree.kind != YamlTree::Kind::scalar && !tree.entries.empty() && !tree.is_flow) {
            return false;
        }
        const std::string token = tree.block.empty() ? flow(tree) : tree.token;
        const bool is_block = tree.token.starts_with('|') || tree.token.starts_with('>');
        block_indent_ = is_block ? std::optional(indent) : std::nullopt;
        text_ += token.empty() ? "" : " " + token;
        end_line(tree.line != 0 ? tree.line : line);
        for (const std::string& each : tree.block) {
            text_ += is_blank(each) ? "" : std::string(indent + kIndent, ' ');
            text_ += each + "\n";
        }
        return true;
    }

    void write_item(const YamlTree& tree, std::size_t indent) {
        if (!write_in_line(tree, indent, 0)) {
            text_ += std::string(kIndent - 1, ' ');
            write_entries(tree, indent + kIndent, true);
        }
    }

    void write_value(const YamlTree& tree, std::size_t indent, int line) {
        if (!write_in_line(tree, indent, line)) {
            end_line(line);
            const bool is_list = tree.kind == YamlTree::Kind::list;
            write_entries(tree, indent + (is_list ? lists_indent_ : kIndent), false);
        }
    }

    // A block within [] or {} cannot be: nobody has written one there.
    static std::string flow(const YamlTree& tree) {
        if (tree.kind == YamlTree::Kind::scalar) {
            return tree.token;
        }
        const bool is_list = tree.kind == YamlTree::Kind::list;
        std::string text(1, is_list ? '[' : '{');
        for (const YamlTree& entry : tree.entries) {
            text += text.size() > 1 ? ", " : "";
            text += is_list ? "" : entry.key + ": ";
            text +=
                entry.token.empty() && entry.kind == YamlTree::Kind::scalar ? "null" : flow(entry);
        }
        return text + (is_list ? ']' : '}');
    }

    const std::size_t lists_indent_;
    std::map<int, std::string> lines_, trailing_;  // not told yet
    std::optional<std::size_t> block_indent_;      // of what was written last, if it is a block
    std::string text_;
};

}  // namespace

YamlTree carried_over(const YamlTree& tree, const Json& before, const Json& after) {
    if (before == after) {
        return tree;
    }
    if (before.is_object() && after.is_object() && tree.kind == YamlTree::Kind::map) {
        return carried_map(tree, before, after);
    }
    if (before.is_array() && after.is_array() && tree.kind == YamlTree::Kind::list) {
        return carried_list(tree, before, after);
    }
    return tree_of(after);
}

std::string written(const YamlText& text) {
    return Writer(text).write(text.root);
}

}  // namespace ringside::injector
