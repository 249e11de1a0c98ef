// Finds the row of a command table by name in a few nanoseconds: a hash table that the compiler
// builds from the rows.
//
// The hash looks at the length and three characters only; rows that share it stand next to each
// other (linear probing), and the name itself decides.
#pragma once

#include "protocol/command.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringside::protocol {

enum class NameCase : std::uint8_t { exact, ignored };  // ignored: ASCII letters only

constexpr char upper(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool same_without_case(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char left, char right) { return upper(left) == upper(right); });
}

// Requires: with NameCase::ignored the names of the rows are in upper case.
template <typename Row, std::size_t kRows, NameCase kCase>
class CommandIndex {
  public:
    // `rows` must outlive the index; both are meant to be constexpr.
    constexpr explicit CommandIndex(const std::array<Row, kRows>& rows) noexcept : rows_(rows) {
        for (std::size_t row = 0; row < kRows; ++row) {
            std::size_t slot = slot_of(rows[row].name);
            while (row_after_[slot] != 0) {
                slot = next(slot);
            }
            row_after_[slot] = static_cast<std::uint16_t>(row + 1);
        }
    }

    // Null if no row has this name.
    constexpr const Row* find(std::string_view word) const noexcept {
        if (word.empty()) {
            return nullptr;
        }
        for (std::size_t slot = slot_of(word); row_after_[slot] != 0; slot = next(slot)) {
            const Row& row = rows_[row_after_[slot] - 1U];
            if (same(row.name, word)) {
                return &row;
            }
        }
        return nullptr;
    }

  private:
    // A quarter full at most: probes are rare, and an empty slot always ends the search.
    static constexpr std::size_t kSlots = std::bit_ceil(kRows * 4);

    static constexpr char fold(char c) noexcept {
        return kCase == NameCase::ignored ? upper(c) : c;
    }

    // The factors are odd and small; they only have to keep similar names apart.
    static constexpr std::size_t slot_of(std::string_view word) noexcept {
        const auto at = [word](std::size_t i) {
            return static_cast<std::size_t>(static_cast<unsigned char>(fold(word[i])));
        };
        return (word.size() * 11 + at(0) * 3 + at(word.size() / 2) * 7 + at(word.size() - 1) * 5) &
               (kSlots - 1);
    }

    static constexpr std::size_t next(std::size_t slot) noexcept {
        return (slot + 1) & (kSlots - 1);
    }

    static constexpr bool same(std::string_view name, std::string_view word) noexcept {
        if (kCase == NameCase::exact) {
            return name == word;
        }
        if (name.size() != word.size()) {
            return false;
        }
        for (std::size_t i = 0; i < name.size(); ++i) {
            if (name[i] != upper(word[i])) {
                return false;
            }
        }
        return true;
    }

    const std::array<Row, kRows>& rows_;
    std::array<std::uint16_t, kSlots> row_after_{};  // the row's number plus one; 0: free
};

}  // namespace ringside::protocol
