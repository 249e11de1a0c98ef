// Text in columns, for a terminal.
#pragma once

#include "view.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::ctl {

// The first row is the heading. Columns are as wide as their widest cell. One whose heading begins
// with '+' is for `-o wide` alone.
class Table {
  public:
    explicit Table(std::vector<std::string> heading, const View& view = {}) : view_(view) {
        add(std::move(heading));
    }

    // Control characters are replaced: a name must not be able to steer the terminal.
    void add(std::vector<std::string> row);

    std::string text() const;

  private:
    View view_;
    std::vector<std::vector<std::string>> rows_;
};

// `text` without control characters.
std::string printable(std::string_view text);

// "#######    " for a share of 0..1 of `width` characters.
std::string bar(double share, std::size_t width);

}  // namespace ringside::ctl
