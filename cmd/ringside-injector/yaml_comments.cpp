// Where comments stand in a text of YAML: YAML 1.2.2, chapters 6.6 (comments), 7.3 (quotes) and 8.1
// (blocks). One that is missed is lost when its document is written anew; nothing else is.
#include "yaml_lines.h"
#include "yaml_tree.h"

#include <string>
#include <utility>

namespace ringside::injector {
namespace {

class CommentFinder {
  public:
    explicit CommentFinder(std::string_view text) : lines_(lines_of(text)) {}

    YamlComments find() {
        for (index_ = 0; index_ < lines_.size(); ++index_) {
            read_line(lines_[index_]);
        }
        return std::move(found_);
    }

  private:
    int number() const { return static_cast<int>(index_) + 1; }

    void read_line(std::string_view line) {
        if (quote_ == '\0') {
            const std::size_t begin = line.find_first_not_of(" \t");
            if (begin == std::string_view::npos || line[begin] == '#') {
                found_.lines[number()] = begin == std::string_view::npos ? "" : std::string(line);
                return;
            }
        }
        bool may_begin = true;  // a value may begin here
        for (std::size_t i = 0; i < line.size(); ++i) {
            const char c = line[i];
            if (quote_ != '\0') {
                i = skip_quoted(line, i);
                may_begin = false;
            } else if (c == ' ' || c == '\t') {
                continue;
            } else if (c == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) {
                keep_trailing(line, i);
                return;
            } else if (may_begin && (c == '"' || c == '\'')) {
                quote_ = c;
            } else if (may_begin && (c == '|' || c == '>')) {
                skip_block(line, i);
                return;
            } else {
                const bool ends_word = i + 1 == line.size() || line[i + 1] == ' ';
                may_begin = c == '[' || c == '{' || c == ',' ||
                            ((c == ':' || c == '-' || c == '?') && ends_word);
            }
        }
    }

    // With the blanks in front of it.
    void keep_trailing(std::string_view line, std::size_t i) {
        const std::size_t before = line.find_last_not_of(" \t", i - 1);
        found_.trailing[number()] = std::string(line.substr(before + 1));
    }

    // From within quotes to their end, or that of the line.
    std::size_t skip_quoted(std::string_view line, std::size_t i) {
        for (; i < line.size(); ++i) {
            if (line[i] == '\\' && quote_ == '"') {
                ++i;
            } else if (line[i] == quote_) {
                if (quote_ == '\'' && i + 1 < line.size() && line[i + 1] == '\'') {
                    ++i;
                    continue;
                }
                quote_ = '\0';
                return i;
            }
        }
        return line.size();
    }

    // The lines of a block are not looked at.
    void skip_block(std::string_view head, std::size_t i) {
        if (const std::size_t comment = head.find('#', i); comment != std::string_view::npos) {
            keep_trailing(head, comment);
        }
        index_ = block_below(lines_, index_, i).end - 1;
    }

    const std::vector<std::string_view> lines_;
    YamlComments found_;
    std::size_t index_ = 0;
    char quote_ = '\0';  // of the value that goes on in the next line
};

}  // namespace

YamlComments find_comments(std::string_view text) {
    return CommentFinder(text).find();
}

}  // namespace ringside::injector
