#include "protocol/redis/inline.h"

#include <algorithm>

namespace ringside::protocol {
namespace {

// What isspace() says in the C locale.
constexpr std::string_view kBlanks = " \t\n\v\f\r";
constexpr std::string_view kQuotes = "\"'";

constexpr bool is_blank(char c) noexcept {
    return kBlanks.find(c) != std::string_view::npos;
}

constexpr int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

constexpr char escaped(char c) noexcept {
    switch (c) {
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        case 'b':
            return '\b';
        case 'a':
            return '\a';
        default:
            return c;
    }
}

Slice slice(std::size_t begin, std::size_t end) noexcept {
    return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)};
}

void split_plain(std::string_view line, std::vector<Slice>& words) noexcept {
    std::size_t begin = line.find_first_not_of(kBlanks);
    while (begin != std::string_view::npos) {
        const std::size_t end = std::min(line.find_first_of(kBlanks, begin), line.size());
        words.push_back(slice(begin, end));
        begin = line.find_first_not_of(kBlanks, end);
    }
}

// Reads the words of a line with quotes, one after the other, into `decoded`.
class QuotedLine {
  public:
    QuotedLine(std::string_view line, std::string& decoded) noexcept
        : line_(line), decoded_(decoded) {}

    bool split(std::vector<Slice>& words) noexcept {
        for (skip_blanks(); at_ < line_.size(); skip_blanks()) {
            const std::size_t begin = decoded_.size();
            if (!read_word()) {
                return false;
            }
            words.push_back(slice(begin, decoded_.size()));
        }
        return true;
    }

  private:
    void skip_blanks() noexcept {
        at_ = std::min(line_.find_first_not_of(kBlanks, at_), line_.size());
    }

    // A quote may begin within a word; it always ends the word.
    bool read_word() noexcept {
        while (at_ < line_.size() && !is_blank(line_[at_])) {
            const char c = line_[at_++];
            if (c == '"' || c == '\'') {
                const bool closed = c == '"' ? read_double_quoted() : read_single_quoted();
                return closed && (at_ == line_.size() || is_blank(line_[at_]));
            }
            decoded_ += c;
        }
        return true;
    }

    bool read_double_quoted() noexcept {
        while (at_ < line_.size()) {
            const char c = line_[at_++];
            if (c == '"') {
                return true;
            }
            decoded_ += c == '\\' && at_ < line_.size() ? read_escape() : c;
        }
        return false;
    }

    // Behind the backslash. Requires: at least one byte is left.
    char read_escape() noexcept {
        if (line_[at_] == 'x' && at_ + 2 < line_.size()) {
            const int high = hex_digit(line_[at_ + 1]);
            const int low = hex_digit(line_[at_ + 2]);
            if (high >= 0 && low >= 0) {
                at_ += 3;
                return static_cast<char>(high * 16 + low);
            }
        }
        return escaped(line_[at_++]);
    }

    bool read_single_quoted() noexcept {
        while (at_ < line_.size()) {
            const char c = line_[at_++];
            if (c == '\'') {
                return true;
            }
            const bool escapes_quote = c == '\\' && at_ < line_.size() && line_[at_] == '\'';
            decoded_ += escapes_quote ? line_[at_++] : c;
        }
        return false;
    }

    const std::string_view line_;
    std::string& decoded_;
    std::size_t at_ = 0;
};

}  // namespace

bool split_inline_words(std::string_view line, std::vector<Slice>& words,
                        std::string& decoded) noexcept {
    if (line.find_first_of(kQuotes) == std::string_view::npos) {
        split_plain(line, words);
        return true;
    }
    return QuotedLine(line, decoded).split(words);
}

}  // namespace ringside::protocol
