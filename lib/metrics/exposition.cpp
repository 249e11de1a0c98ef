#include "metrics/exposition.h"

#include "base/utf8.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <iterator>

namespace ringside::metrics {
namespace {

// Longer than any number of 64 bits in its shortest form.
constexpr std::size_t kNumberBytes = 32;

template <typename Number>
void append_number(std::string& to, Number value) {
    std::array<char, kNumberBytes> text;
    const auto done = std::to_chars(text.data(), text.data() + text.size(), value);
    to.append(text.data(), done.ptr);
}

void append_float(std::string& to, double value) {
    if (std::isnan(value)) {
        to += "NaN";
    } else if (std::isinf(value)) {
        to += value > 0 ? "+Inf" : "-Inf";
    } else {
        append_number(to, value);
    }
}

void append_character(std::string& to, std::string_view character) {
    const auto first = static_cast<unsigned char>(character.front());
    if (character == "\n") {
        to += "\\n";
    } else if (character == "\\" || character == "\"") {
        to += '\\';
        to += character;
    } else if (first < 0x20 || first == 0x7f) {
        fmt::format_to(std::back_inserter(to), "\\\\x{:02x}", first);
    } else {
        to += character;
    }
}

}  // namespace

std::string_view to_string(FamilyType type) noexcept {
    switch (type) {
        case FamilyType::counter:
            return "counter";
        case FamilyType::gauge:
            return "gauge";
        case FamilyType::histogram:
            return "histogram";
        case FamilyType::info:
            return "info";
    }
    return {};
}

std::string sample_name(const FamilyHead& head) {
    std::string name(head.name);
    if (head.type == FamilyType::counter) {
        name += "_total";
    } else if (head.type == FamilyType::info) {
        name += "_info";
    }
    return name;
}

void append_label(std::string& to, std::string_view name, std::string_view value) {
    to += to.empty() ? "" : ",";
    to += name;
    to += "=\"";
    while (!value.empty()) {
        const std::size_t size = base::utf8_size(value);
        if (size == 0) {
            fmt::format_to(std::back_inserter(to), "\\\\x{:02x}",
                           static_cast<unsigned char>(value.front()));
            value.remove_prefix(1);
            continue;
        }
        append_character(to, value.substr(0, size));
        value.remove_prefix(size);
    }
    to += '"';
}

void Exposition::begin(const FamilyHead& head) {
    head_ = head;
    name_ = sample_name(head);
    has_head_ = false;
}

// OpenMetrics names the family, the older format its samples, and it knows no type info.
void Exposition::write_head() {
    has_head_ = true;
    const bool is_older = format_ == Format::prometheus;
    const std::string_view name = is_older ? std::string_view(name_) : head_.name;
    const FamilyType type =
        is_older && head_.type == FamilyType::info ? FamilyType::gauge : head_.type;
    fmt::format_to(std::back_inserter(out_), "# TYPE {} {}\n", name, to_string(type));
    if (!is_older && !head_.unit.empty()) {
        fmt::format_to(std::back_inserter(out_), "# UNIT {} {}\n", name, head_.unit);
    }
    fmt::format_to(std::back_inserter(out_), "# HELP {} ", name);
    append_help(head_.help);
    out_ += '\n';
}

// Quotes are escaped in OpenMetrics only.
void Exposition::append_help(std::string_view help) {
    for (const char c : help) {
        if (c == '\n') {
            out_ += "\\n";
        } else if (c == '\\' || (c == '"' && format_ == Format::open_metrics)) {
            out_ += '\\';
            out_ += c;
        } else {
            out_ += c;
        }
    }
}

void Exposition::begin_line(std::string_view suffix, std::string_view labels,
                            std::string_view more) {
    if (!has_head_) {
        write_head();
    }
    out_ += name_;
    out_ += suffix;
    if (!labels.empty() || !more.empty()) {
        out_ += '{';
        out_ += labels;
        out_ += labels.empty() || more.empty() ? "" : ",";
        out_ += more;
        out_ += '}';
    }
    out_ += ' ';
}

void Exposition::end_line(std::int64_t value) {
    append_number(out_, value);
    out_ += '\n';
}
void Exposition::end_line(double value) {
    append_float(out_, value);
    out_ += '\n';
}

void Exposition::sample(std::string_view labels, std::int64_t value) {
    begin_line({}, labels, {});
    end_line(value);
}
void Exposition::sample(std::string_view labels, double value) {
    begin_line({}, labels, {});
    end_line(value);
}
void Exposition::sample(std::string_view labels, std::string_view more, std::int64_t value) {
    begin_line({}, labels, more);
    end_line(value);
}
void Exposition::part(std::string_view suffix, std::string_view labels, std::string_view more,
                      std::int64_t value) {
    begin_line(suffix, labels, more);
    end_line(value);
}
void Exposition::part(std::string_view suffix, std::string_view labels, std::string_view more,
                      double value) {
    begin_line(suffix, labels, more);
    end_line(value);
}

void Exposition::end() {
    if (format_ == Format::open_metrics) {
        out_ += "# EOF\n";
    }
}

}  // namespace ringside::metrics
