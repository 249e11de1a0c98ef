#include "table.h"

#include "terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace ringside::ctl {
namespace {

constexpr std::size_t kBetweenColumns = 2;

}  // namespace

void Table::add(std::vector<std::string> row) {
    for (std::string& cell : row) {
        cell = printable(cell);
    }
    rows_.push_back(std::move(row));
}

std::string Table::text() const {
    const std::vector<std::string>& heading = rows_.front();
    const auto is_shown = [&](std::size_t column) {
        const bool is_for_wide = column < heading.size() && heading[column].starts_with('+');
        return view_.is_wide() || !is_for_wide;
    };
    const auto shown = [&](std::size_t row, std::size_t column) {
        const std::string_view cell = rows_[row][column];
        return row == 0 && cell.starts_with('+') ? cell.substr(1) : cell;
    };
    std::vector<std::size_t> widths;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
        widths.resize(std::max(widths.size(), rows_[row].size()));
        for (std::size_t column = 0; column < rows_[row].size(); ++column) {
            widths[column] = std::max(widths[column], shown(row, column).size());
        }
    }
    std::string text;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
        std::string line;
        std::size_t blanks = 0;
        for (std::size_t column = 0; column < rows_[row].size(); ++column) {
            const std::string_view cell = shown(row, column);
            if (!is_shown(column)) {
                continue;
            }
            if (!cell.empty()) {
                line.append(std::exchange(blanks, 0), ' ');
                line += !view_.colour ? std::string(cell) : row == 0 ? bold(cell) : painted(cell);
            }
            blanks += widths[column] - cell.size() + kBetweenColumns;
        }
        text += line + "\n";
    }
    return text;
}

std::string printable(std::string_view text) {
    std::string result(text);
    std::replace_if(
        result.begin(), result.end(),
        [](char c) {
            const auto byte = static_cast<unsigned char>(c);
            return byte < ' ' || byte == 0x7f;
        },
        '?');
    return result;
}

std::string bar(double share, std::size_t width) {
    const double marks = std::round(std::clamp(share, 0.0, 1.0) * static_cast<double>(width));
    return fmt::format("{:<{}}", std::string(static_cast<std::size_t>(marks), '#'), width);
}

}  // namespace ringside::ctl
