// Reads the files of tests/golden: comma-separated fields without quotes, lines that end in
// CR LF, a header line first.
#pragma once

#include "support/checkout.h"

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::routing {

inline std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> fields;
    while (true) {
        const std::size_t end = text.find(separator);
        fields.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return fields;
        }
        text.remove_prefix(end + 1);
    }
}

struct GoldenFile {
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;
};

// An empty result if there is no such file.
inline GoldenFile read_golden(const std::string& name) {
    GoldenFile file;
    std::ifstream stream(checkout::path("tests/golden/" + name));
    std::string line;
    while (std::getline(stream, line)) {
        if (line.ends_with('\r')) {
            line.pop_back();
        }
        if (file.columns.empty()) {
            file.columns = split(line, ',');
        } else {
            file.rows.push_back(split(line, ','));
        }
    }
    return file;
}

}  // namespace ringside::routing
