// A document of YAML as it is written: which words, quotes, blocks and comments, beside what they
// mean. So what does not change stays as its author has it.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::injector {

// Comments and blank lines by their line, from 1.
struct YamlComments {
    std::map<int, std::string> lines;     // a line of their own, with its indentation
    std::map<int, std::string> trailing;  // behind something: "  # why"
};

struct YamlTree {
    enum class Kind : unsigned char { scalar, list, map };
    Kind kind = Kind::scalar;
    int line = 0;  // of the source; 0: is nowhere in it
    // Of a scalar: what stands in its line, quotes and all: `"yes"`, `0o7`, `|-`; may be empty.
    std::string token = {};
    // The lines below that, of a block or of quotes, without their common indentation.
    std::vector<std::string> block = {};
    bool is_flow = false;  // [a, b]
    // Of what stands in a map, its key: as a value, as it is written, and the line of that.
    std::string name = {};
    std::string key = {};
    int key_line = 0;
    std::vector<YamlTree> entries = {};  // of a list or a map
};

struct YamlText {
    YamlTree root;
    YamlComments comments;
    bool indents_lists = false;  // within maps: "a:\n  - b", else "a:\n- b"
};

// Reads one document, with aliases and `<<` put in where they stand. Nothing if it has none, is no
// YAML, or grows beyond all measure by its aliases.
std::optional<YamlText> read_yaml_text(const std::string& text);

// Those of a text.
YamlComments find_comments(std::string_view text);

// `text` with quotes around it, as YAML and JSON have them; in one line.
std::string in_double_quotes(std::string_view text);

}  // namespace ringside::injector
