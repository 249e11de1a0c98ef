#include "base/man_page.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace ringside::base {
namespace {

// A hyphen that is typed, not a dash; a backslash that is shown; and no request at the beginning of
// a line (groff_man_style(7), "Portability").
std::string escaped(std::string_view text) {
    std::string safe = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
    for (const char c : text) {
        switch (c) {
            case '-':
                safe += "\\-";
                break;
            case '\\':
                safe += "\\e";
                break;
            default:
                safe += c;
        }
    }
    return safe;
}

// [words](elsewhere) from `at`: the words, and `at` behind it. Empty: it is none.
std::string_view link_words(std::string_view text, std::size_t& at) {
    const std::size_t middle = text.find("](", at);
    const std::size_t end = text.find(')', middle == text.npos ? at : middle);
    if (text[at] != '[' || middle == text.npos || end == text.npos ||
        text.substr(at + 1, middle - at - 1).find_first_of("[]") != text.npos) {
        return {};
    }
    const std::string_view words = text.substr(at + 1, middle - at - 1);
    at = end + 1;
    return words;
}

std::string without_links(std::string_view text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view words = link_words(text, at);
        plain += words.empty() ? text.substr(at++, 1) : words;
    }
    return plain;
}

// Lines are filled anyway: neither their ends nor their indentation count.
std::string in_one_line(std::string_view text) {
    std::string line;
    for (const char c : text) {
        const bool is_blank = c == ' ' || c == '\n';
        if (!is_blank || !line.ends_with(' ')) {
            line += is_blank ? ' ' : c;
        }
    }
    return line;
}

std::string inline_text(std::string_view markdown) {
    const std::string plain = escaped(in_one_line(without_links(markdown)));
    std::string text;
    bool is_code = false;
    for (const char c : plain) {
        if (c == '`') {
            is_code = !is_code;
            text += is_code ? "\\fB" : "\\fR";
        } else {
            text += c;
        }
    }
    return text + (is_code ? "\\fR" : "");
}

std::string quoted(std::string_view text) {
    return '"' + escaped(text) + '"';
}

}  // namespace

ManPage::ManPage(std::string_view name, std::string_view section, std::string_view version,
                 std::string_view summary) {
    // Without a date: the page is that of a version.
    text_ = fmt::format(".TH {} {} \"\" {} \"Ringside\"\n.SH NAME\n{} \\- {}\n", quoted(name),
                        section, quoted(fmt::format("ringside {}", version)), escaped(name),
                        inline_text(summary));
}

ManPage& ManPage::heading(std::string_view title) {
    fmt::format_to(std::back_inserter(text_), ".SH {}\n", quoted(title));
    is_below_heading_ = true;
    return *this;
}

ManPage& ManPage::subheading(std::string_view title) {
    fmt::format_to(std::back_inserter(text_), ".SS {}\n", quoted(title));
    is_below_heading_ = true;
    return *this;
}

void ManPage::begin_paragraph() {
    text_ += std::exchange(is_below_heading_, false) ? "" : ".PP\n";
}

ManPage& ManPage::paragraph(std::string_view text) {
    begin_paragraph();
    text_ += inline_text(text) + '\n';
    return *this;
}

ManPage& ManPage::entry(std::string_view label, std::string_view text) {
    is_below_heading_ = false;
    fmt::format_to(std::back_inserter(text_), ".TP\n\\fB{}\\fR\n{}\n", escaped(label),
                   inline_text(text));
    return *this;
}

ManPage& ManPage::example(std::string_view lines) {
    begin_paragraph();
    text_ += ".nf\n";
    while (!lines.empty()) {
        const std::size_t end = lines.find('\n');
        text_ += escaped(lines.substr(0, end)) + '\n';
        lines.remove_prefix(end == lines.npos ? lines.size() : end + 1);
    }
    text_ += ".fi\n";
    return *this;
}

}  // namespace ringside::base
