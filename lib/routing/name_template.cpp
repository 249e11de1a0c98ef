#include "routing/name_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace ringside::routing {
namespace {

using base::Errc;
using base::Error;
using base::Expected;

struct PlaceholderRow {
    std::string_view name;
    Placeholder placeholder;
    bool differs;  // from node to node
    std::string_view words;
    // Nothing: it is not known of this member.
    std::optional<std::string> (*value)(const Member& member);
};

std::optional<std::string> or_nothing(std::string text) {
    return text.empty() ? std::nullopt : std::optional(std::move(text));
}

std::string first_label(std::string_view host) {
    return normal_host(host.substr(0, host.find('.')));
}

constexpr std::array kPlaceholders{
    PlaceholderRow{"host", Placeholder::host, true, "host name",
                   [](const Member& member) { return or_nothing(normal_host(host_name(member))); }},
    PlaceholderRow{"short_host", Placeholder::short_host, true, "host name",
                   [](const Member& member) { return or_nothing(first_label(host_name(member))); }},
    PlaceholderRow{"address", Placeholder::address, true, "address",
                   [](const Member& member) {
                       return member.address.is_name() ? std::nullopt
                                                       : or_nothing(member.address.host);
                   }},
    PlaceholderRow{"port", Placeholder::port, true, "port",
                   [](const Member& member) {
                       return member.address.port == 0
                                  ? std::nullopt
                                  : std::optional(std::to_string(member.address.port));
                   }},
    PlaceholderRow{"ordinal", Placeholder::ordinal, true,
                   "number at the end of its host name's first label",
                   [](const Member& member) { return ordinal_of(host_name(member)); }},
    PlaceholderRow{"zone", Placeholder::zone, false, "zone",
                   [](const Member& member) { return or_nothing(member.zone); }},
    PlaceholderRow{"name", Placeholder::name, true, "name",
                   [](const Member& member) { return or_nothing(member.name); }},
};

// The next part of a template: a text as it is, or a placeholder's name.
struct Part {
    std::string_view text;
    bool is_placeholder = false;
};

// Nothing at its end; an error for braces that do not belong together.
Expected<std::optional<Part>> take_part(std::string_view& rest) {
    if (rest.empty()) {
        return std::optional<Part>();
    }
    if (rest.front() != '{') {
        const std::string_view text = rest.substr(0, rest.find('{'));
        if (text.find('}') != std::string_view::npos) {
            return Error{Errc::invalid_config, "has a \"}\" without its \"{\""};
        }
        rest.remove_prefix(text.size());
        return std::optional(Part{text});
    }
    const std::size_t end = rest.find('}');
    if (end == std::string_view::npos) {
        return Error{Errc::invalid_config, "has a \"{\" without its \"}\""};
    }
    const std::string_view name = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    return std::optional(Part{name, true});
}

const PlaceholderRow* find_row(std::string_view name) noexcept {
    const auto found = std::find_if(kPlaceholders.begin(), kPlaceholders.end(),
                                    [name](const auto& row) { return row.name == name; });
    return found == kPlaceholders.end() ? nullptr : &*found;
}

}  // namespace

std::string placeholder_names() {
    std::string text;
    for (const PlaceholderRow& row : kPlaceholders) {
        text += fmt::format("{}{{{}}}", text.empty() ? "" : ", ", row.name);
    }
    return text;
}

Expected<std::vector<Placeholder>> parse_name_template(std::string_view text) {
    if (text.size() > kNameTemplateBytesMax) {
        return Error{Errc::invalid_config,
                     fmt::format("is longer than {} bytes", kNameTemplateBytesMax)};
    }
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; };
    if (std::any_of(text.begin(), text.end(), is_control)) {
        return Error{Errc::invalid_config, "holds a control character"};
    }
    std::vector<Placeholder> found;
    bool differs = false;
    for (std::string_view rest = text; !rest.empty();) {
        const auto part = take_part(rest);
        if (!part) {
            return part.error();
        }
        if (!(*part)->is_placeholder) {
            continue;
        }
        const PlaceholderRow* const row = find_row((*part)->text);
        if (row == nullptr) {
            return Error{Errc::invalid_config, fmt::format("{{{}}} is no placeholder; there are {}",
                                                           (*part)->text, placeholder_names())};
        }
        differs = differs || row->differs;
        found.push_back(row->placeholder);
    }
    if (!differs) {
        return Error{Errc::invalid_config,
                     "gives all nodes the same name; write for example \"{short_host}\""};
    }
    return found;
}

Expected<std::string> name_by_template(std::string_view text, const Member& member) {
    std::string name;
    for (std::string_view rest = text; !rest.empty();) {
        const auto part = take_part(rest);
        if (!part) {
            return part.error();
        }
        if (!(*part)->is_placeholder) {
            name += (*part)->text;
            continue;
        }
        const PlaceholderRow* const row = find_row((*part)->text);
        const auto value = row == nullptr ? std::nullopt : row->value(member);
        if (!value) {
            return Error{Errc::not_found,
                         fmt::format("of node {} at {} no {} is known, for {{{}}}", member.name,
                                     to_string(member.address),
                                     row == nullptr ? "value" : row->words, (*part)->text)};
        }
        name += *value;
    }
    if (name.size() > kRingNameBytesMax) {
        return Error{Errc::malformed, fmt::format("node {} at {} would have a name of {} bytes, "
                                                  "more than {}",
                                                  member.name, to_string(member.address),
                                                  name.size(), kRingNameBytesMax)};
    }
    return name;
}

std::optional<std::string> ordinal_of(std::string_view host) {
    constexpr std::size_t kDigitsMax = 9;
    const std::string_view label = host.substr(0, host.find('.'));
    const std::size_t dash = label.rfind('-');
    if (dash == std::string_view::npos || dash == 0) {
        return std::nullopt;
    }
    std::string_view digits = label.substr(dash + 1);
    const bool is_number = !digits.empty() && digits.size() <= kDigitsMax &&
                           digits.find_first_not_of("0123456789") == std::string_view::npos;
    if (!is_number) {
        return std::nullopt;
    }
    const std::size_t first = digits.find_first_not_of('0');
    return first == std::string_view::npos ? "0" : std::string(digits.substr(first));
}

std::string normal_host(std::string_view host) {
    if (host.ends_with('.')) {
        host.remove_suffix(1);
    }
    std::string text(host);
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

}  // namespace ringside::routing
