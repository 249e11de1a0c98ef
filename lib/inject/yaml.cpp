#include "inject/yaml.h"

#include "config/text.h"
#include "config/yaml_text.h"

#include <fmt/core.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <sstream>
#include <system_error>

namespace ringside::inject {
namespace {

using base::Errc;
using base::Error;
using base::Expected;

// Of all that aliases stand for, too: a few lines of them can be a document of any size.
constexpr std::size_t kValuesMax = config::kYamlValuesMax;

bool is_one_of(std::string_view text, std::span<const std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

// As Go's yaml.v2 reads plain scalars, which kubectl and API servers do (resolve.go).
constexpr auto kNulls = std::to_array<std::string_view>({"", "~", "null", "Null", "NULL"});
constexpr auto kTrues = std::to_array<std::string_view>(
    {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"});
constexpr auto kFalses = std::to_array<std::string_view>(
    {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"});

// Also `0x1f`, `0b101`, `0o17`, `017` and `1_000`.
std::optional<Json> integer_of(std::string_view text) {
    std::string digits(text);
    std::erase(digits, '_');
    const bool is_negative = digits.starts_with('-');
    if (is_negative || digits.starts_with('+')) {
        digits.erase(0, 1);
    }
    int base = 10;
    if (digits.starts_with("0x") || digits.starts_with("0X")) {
        base = 16;
    } else if (digits.starts_with("0b") || digits.starts_with("0B")) {
        base = 2;
    } else if (digits.starts_with("0o") || digits.starts_with("0O")) {
        base = 8;
    } else if (digits.size() > 1 && digits.front() == '0') {
        base = 8;
        digits.insert(0, 1, '0');
    }
    digits.erase(0, base == 10 ? 0 : 2);
    std::uint64_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [rest, failure] = std::from_chars(digits.data(), end, value, base);
    if (digits.empty() || rest != end || failure != std::errc()) {
        return std::nullopt;
    }
    if (!is_negative) {
        return Json(value);
    }
    constexpr std::uint64_t kMost = std::uint64_t{1} << 63;
    return value > kMost ? std::nullopt : std::optional(Json(static_cast<std::int64_t>(0 - value)));
}

// Decimal, with a point or an exponent; no "inf" or "nan", which JSON has not.
std::optional<Json> float_of(std::string_view text) {
    const std::size_t begin = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
    const bool is_number =
        text.find_first_of("0123456789", begin) != std::string_view::npos &&
        text.find_first_not_of("0123456789.eE+-", begin) == std::string_view::npos &&
        std::string_view("0123456789.").find(text[begin]) != std::string_view::npos;
    double value = 0;
    const char* const end = text.data() + text.size();
    const char* const from = text.data() + (text.starts_with('+') ? 1 : 0);
    if (!is_number) {
        return std::nullopt;
    }
    const auto [rest, failure] = std::from_chars(from, end, value);
    return rest == end && failure == std::errc() ? std::optional(Json(value)) : std::nullopt;
}

Json plain_scalar(const std::string& text) {
    if (is_one_of(text, kNulls)) {
        return nullptr;
    }
    if (is_one_of(text, kTrues) || is_one_of(text, kFalses)) {
        return is_one_of(text, kTrues);
    }
    if (const auto integer = integer_of(text)) {
        return *integer;
    }
    return float_of(text).value_or(Json(text));
}

// Makes one document. Lives for it; throws what yaml-cpp throws.
class Reader {
  public:
    Json value_of(const YAML::Node& node) {
        enter(node.Mark());
        Json value = node.IsSequence() ? list_of(node)
                     : node.IsMap()    ? map_of(node)
                                       : scalar_of(node);
        --depth_;
        return value;
    }

  private:
    // What aliases stand for counts as if it were written there.
    void enter(const YAML::Mark& mark) {
        if (++value_count_ > kValuesMax) {
            throw YAML::ParserException(mark,
                                        fmt::format("there are more than {} values", kValuesMax));
        }
        if (++depth_ > kYamlDepthMax) {
            throw YAML::ParserException(mark, "this is nested too deeply");
        }
    }

    Json list_of(const YAML::Node& node) {
        Json list = Json::array();
        for (const auto& item : node) {
            if (list.size() == kJsonItemsMax) {
                throw YAML::ParserException(
                    item.Mark(), fmt::format("a list has more than {} items", kJsonItemsMax));
            }
            list.push_back(value_of(item));
        }
        return list;
    }

    static Json scalar_of(const YAML::Node& node) {
        if (!node.IsScalar()) {
            return nullptr;
        }
        const std::string& text = node.Scalar();
        if (!config::is_utf8(text)) {  // by an escape
            throw YAML::ParserException(node.Mark(), "this is no character");
        }
        const bool is_plain = node.Tag() == "?" || node.Tag().empty();
        return is_plain ? plain_scalar(text) : Json(text);
    }

    Json map_of(const YAML::Node& node) {
        Json map = Json::object();
        Json merged = Json::object();
        for (const auto& entry : node) {
            const YAML::Node& key = entry.first;
            const YAML::Node& value = entry.second;
            if (!key.IsScalar() && !key.IsNull()) {
                throw YAML::ParserException(key.Mark(), "a key is a text");
            }
            if (key.IsScalar() && key.Scalar() == "<<" && key.Tag() == "?") {
                merge(merged, value);
                continue;
            }
            const Json named = scalar_of(key);
            const std::string name = named.is_string() ? named.get<std::string>() : named.dump();
            if (map.contains(name)) {
                throw YAML::ParserException(
                    key.Mark(), fmt::format("{} is given twice", config::in_quotes(name)));
            }
            add(map, name, value_of(value), key.Mark());
        }
        for (const auto& [name, value] : merged.items()) {
            if (!map.contains(name)) {
                add(map, name, value, node.Mark());
            }
        }
        return map;
    }

    // `<<`: a map, or several of which the first that has a key decides.
    void merge(Json& merged, const YAML::Node& from) {
        if (from.IsSequence()) {
            enter(from.Mark());
            for (const auto& each : from) {
                merge(merged, each);
            }
            --depth_;
            return;
        }
        if (!from.IsMap()) {
            throw YAML::ParserException(from.Mark(), "\"<<\" names no map");
        }
        const Json map = value_of(from);
        for (const auto& [name, value] : map.items()) {
            if (!merged.contains(name)) {
                add(merged, name, value, from.Mark());
            }
        }
    }

    static void add(Json& map, const std::string& name, Json value, const YAML::Mark& mark) {
        if (map.size() == kJsonMembersMax) {
            throw YAML::ParserException(
                mark, fmt::format("a map has more than {} members", kJsonMembersMax));
        }
        map[name] = std::move(value);
    }

    std::size_t value_count_ = 0;
    std::size_t depth_ = 0;
};

Error at(std::string_view name, const YAML::Mark& mark, std::string_view reason) {
    return Error{Errc::malformed, fmt::format("{}:{}:{}: {}", name, config::line_of(mark),
                                              config::column_of(mark), reason)};
}

// Whether a text that stands in the quotes of neither kind is read as a string, and as this one.
bool is_plain_text(std::string_view text) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' || c == '_';
    };
    constexpr std::string_view kDigits = "0123456789";
    constexpr std::string_view kOthers = "0123456789-_./:@=+%,()*$ ";
    if (const std::size_t unit = text.find_first_not_of(kDigits); unit != 0) {  // "10s", "64Mi"
        return unit != std::string_view::npos &&
               std::all_of(text.begin() + static_cast<std::ptrdiff_t>(unit), text.end(),
                           is_letter) &&
               plain_scalar(std::string(text)).is_string();
    }
    return !text.empty() && is_letter(text.front()) && text.back() != ':' && text.back() != ' ' &&
           text.find(": ") == std::string_view::npos &&
           std::all_of(text.begin(), text.end(),
                       [&](char c) { return is_letter(c) || kOthers.find(c) != kOthers.npos; }) &&
           plain_scalar(std::string(text)).is_string();
}

// The characters that readers take for ends of lines or for nothing: U+0080 to U+009F, U+2028,
// U+2029 and U+FEFF. The size of the one that `text` begins with; 0: it is none of them.
std::size_t odd_character(std::string_view text) {
    const auto is_at = [text](std::string_view bytes) { return text.starts_with(bytes); };
    if (text.size() > 1 && text[0] == '\xc2' && static_cast<unsigned char>(text[1]) < 0xa0) {
        return 2;
    }
    return is_at("\xe2\x80\xa8") || is_at("\xe2\x80\xa9") || is_at("\xef\xbb\xbf") ? 3 : 0;
}

std::string in_double_quotes(std::string_view text) {
    std::string result = "\"";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (const std::size_t size = odd_character(text.substr(i)); size != 0) {
            const auto low = [&](std::size_t at) {
                return static_cast<unsigned>(static_cast<unsigned char>(text[i + at])) & 0x3f;
            };
            const unsigned high = byte & (size == 2 ? 0x1fu : 0x0fu);
            result += fmt::format(
                "\\u{:04x}", size == 2 ? high << 6 | low(1) : high << 12 | low(1) << 6 | low(2));
            i += size - 1;
        } else if (byte == '\n') {
            result += "\\n";
        } else if (byte < 0x20 || byte == 0x7f) {
            result += fmt::format("\\x{:02x}", byte);
        } else {
            result += byte == '"' || byte == '\\' ? "\\" : "";
            result += text[i];
        }
    }
    return result + '"';
}

std::string scalar_text(const Json& value) {
    if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        return is_plain_text(text) ? text : in_double_quotes(text);
    }
    std::string text = json_text(value);
    // YAML 1.1 takes "1e-05" for a string.
    const std::size_t exponent = text.find('e');
    if (value.is_number_float() && exponent != std::string::npos &&
        text.find('.') == std::string::npos) {
        text.insert(exponent, ".0");
    }
    return text;
}

// Several lines that can stand as they are, indented.
bool is_block_text(const Json& value) {
    if (!value.is_string()) {
        return false;
    }
    const auto& text = value.get_ref<const std::string&>();
    const auto is_odd = [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f;
    };
    if (text.find('\n') == std::string::npos || text.front() == ' ' || text.front() == '\n' ||
        std::any_of(text.begin(), text.end(), is_odd)) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (odd_character(std::string_view(text).substr(i)) != 0) {
            return false;
        }
    }
    return true;
}

// Behind `|`: whether the ends of lines at its end are one, none or many.
std::string_view chomping(std::string_view text) {
    return !text.ends_with('\n') ? "-" : text.ends_with("\n\n") ? "+" : "";
}

// Writes one document, two blanks a level.
class Writer {
  public:
    // `indent`: of further lines. The first one goes on behind what is there.
    void add(const Json& value, const std::string& indent) {
        bool is_first = true;
        if (value.is_array()) {
            for (const Json& item : value) {
                begin_line(is_first, indent);
                text_ += '-';
                add_item(item, indent + "  ", true);
            }
            return;
        }
        for (const auto& [key, item] : value.items()) {
            begin_line(is_first, indent);
            text_ += scalar_text(Json(key)) + ':';
            add_item(item, indent, false);
        }
    }

    std::string text() && { return std::move(text_); }

  private:
    void begin_line(bool& is_first, const std::string& indent) {
        text_ += is_first ? std::string() : indent;
        is_first = false;
    }

    void add_item(const Json& item, const std::string& indent, bool is_in_list) {
        if (is_block_text(item)) {
            add_lines(item.get_ref<const std::string&>(), is_in_list ? indent : indent + "  ");
        } else if (!item.is_structured() || item.empty()) {
            text_ += ' ' + scalar_text(item) + '\n';
        } else if (is_in_list) {
            text_ += ' ';
            add(item, indent);
        } else {
            const std::string deeper = item.is_array() ? indent : indent + "  ";
            text_ += '\n' + deeper;
            add(item, deeper);
        }
    }

    void add_lines(std::string_view text, const std::string& indent) {
        text_ += fmt::format(" |{}\n", chomping(text));
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            text_ += (end == 0 ? std::string() : indent) + std::string(text.substr(0, end)) + '\n';
            text.remove_prefix(std::min(end + 1, text.size()));
        }
    }

    std::string text_;
};

}  // namespace

Expected<Json> json_of_yaml(std::string_view text, std::string_view name) {
    if (!config::is_utf8(text)) {
        return Error{Errc::malformed, fmt::format("{}: is not UTF-8", name)};
    }
    const std::string yaml(text);
    try {
        std::istringstream stream(yaml);
        YAML::Parser parser(stream);
        config::YamlInspector first(kYamlDepthMax);
        config::YamlInspector second(kYamlDepthMax);
        const bool has_first = parser.HandleNextDocument(first);
        if (!has_first) {
            return Json();
        }
        if (parser.HandleNextDocument(second)) {
            return at(name, second.mark(), "a second YAML document starts here");
        }
        return Reader().value_of(YAML::Load(yaml));
    } catch (const YAML::Exception& failure) {
        return at(name, failure.mark, failure.msg);
    }
}

std::string yaml_of_json(const Json& document) {
    if (!document.is_structured() || document.empty()) {
        return scalar_text(document) + '\n';
    }
    Writer writer;
    writer.add(document, "");
    return std::move(writer).text();
}

}  // namespace ringside::inject
