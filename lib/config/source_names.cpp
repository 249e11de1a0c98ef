#include "config/source_names.h"

#include "config/source_rows.h"
#include "routing/name_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ringside::config {
namespace {

using routing::Identity;
using routing::Placeholder;

std::string_view words_of(NameKind kind) noexcept {
    switch (kind) {
        case NameKind::none:
            return "nothing";
        case NameKind::address:
            return "address";
        case NameKind::host:
            return "host name";
        case NameKind::service_host:
            return "host name in its service";
        case NameKind::pod:
            return "pod name";
        case NameKind::short_host:
            return "first label of its host name";
        case NameKind::ordinal:
            return "ordinal";
        case NameKind::port:
            return "port";
        case NameKind::zone:
            return "zone";
        case NameKind::written:
            return "what is written there";
    }
    return {};
}

// Of a list it is known what is written there.
SourceNames names_of(const Source& source) {
    SourceNames names = source_row(source).names;
    const routing::Membership* const listed = listed_members(source);
    if (listed == nullptr) {
        return names;
    }
    const auto all = [listed](auto holds) {
        return std::all_of(listed->members.begin(), listed->members.end(), holds);
    };
    if (!all([](const auto& each) { return each.name == default_ring_name(each.address); })) {
        return names;
    }
    if (all([](const auto& each) { return !each.address.is_name(); })) {
        names = {NameKind::address, NameKind::none, NameKind::address, NameKind::none};
    } else if (all([](const auto& each) { return each.address.is_name(); })) {
        names = {NameKind::host, NameKind::host, NameKind::none, NameKind::none};
    }
    return names;
}

// What a name is made of.
using Parts = std::vector<NameKind>;

NameKind kind_of(const SourceNames& names, Placeholder placeholder) noexcept {
    const auto from_host = [&names](NameKind kind) {
        return names.host == NameKind::none || names.host == NameKind::written ? names.host : kind;
    };
    switch (placeholder) {
        case Placeholder::host:
            return names.host;
        case Placeholder::short_host:
            return from_host(NameKind::short_host);
        case Placeholder::ordinal:
            return from_host(NameKind::ordinal);
        case Placeholder::address:
            return names.address;
        case Placeholder::port:
            return NameKind::port;
        case Placeholder::zone:
            return names.zone;
        case Placeholder::name:
            return names.own;
    }
    return NameKind::none;
}

// As routing::name_members: of host and address, who has not got the one has the other.
Parts parts_by(const SourceNames& names, Identity identity, std::string_view name_template) {
    Parts parts;
    switch (identity) {
        case Identity::source:
            return {names.own};
        case Identity::host:
            return {names.host != NameKind::none ? names.host : names.address};
        case Identity::address:
            return {names.address != NameKind::none ? names.address : names.host};
        case Identity::ordinal:
            return {kind_of(names, Placeholder::ordinal)};
        case Identity::by_template:
            if (const auto places = routing::parse_name_template(name_template)) {
                for (const Placeholder placeholder : *places) {
                    parts.push_back(kind_of(names, placeholder));
                }
            }
            return parts;
    }
    return parts;
}

// Adds what is known of the same part from another source; false if it is something else.
bool join(NameKind& known, NameKind other) noexcept {
    if (known == NameKind::written) {
        known = other;
    }
    return known == other || other == NameKind::written;
}

bool lacks_a_part(const Parts& parts) noexcept {
    return std::find(parts.begin(), parts.end(), NameKind::none) != parts.end();
}

// The first that lacks a part or has another one than those before it.
std::optional<std::size_t> first_unfit(const std::vector<Parts>& all) {
    Parts known = all.front();
    for (std::size_t place = 0; place < all.size(); ++place) {
        bool fits = !lacks_a_part(all[place]);
        for (std::size_t i = 0; i < known.size(); ++i) {
            fits = join(known[i], all[place][i]) && fits;
        }
        if (!fits) {
            return place;
        }
    }
    return std::nullopt;
}

std::vector<Parts> parts_of_all(const std::vector<const Source*>& sources, Identity identity,
                                std::string_view name_template) {
    std::vector<Parts> all;
    for (const Source* const source : sources) {
        all.push_back(parts_by(names_of(*source), identity, name_template));
    }
    return all;
}

std::string advice_for(const std::vector<const Source*>& sources) {
    constexpr std::array kInstead{Identity::address, Identity::host, Identity::source,
                                  Identity::ordinal};
    for (const Identity identity : kInstead) {
        if (!first_unfit(parts_of_all(sources, identity, {}))) {
            return fmt::format("write \"identity: {}\"", to_string(identity));
        }
    }
    return "no identity makes them agree; leave one of them out";
}

std::string words_of(const Parts& parts) {
    std::string text;
    for (const NameKind part : parts) {
        text += fmt::format("{}{}", text.empty() ? "" : ", ", words_of(part));
    }
    return text;
}

}  // namespace

std::string describe(const SourceNames& names) {
    std::string text;
    for (const NameKind kind : {names.host, names.address, names.zone}) {
        if (kind != NameKind::none && kind != NameKind::written) {
            text += fmt::format("{}{}", text.empty() ? "" : ", ", words_of(kind));
        }
    }
    return fmt::format("{}{}by itself: {}", text, text.empty() ? "" : "; ", words_of(names.own));
}

std::optional<UnfitSource> find_unfit(const std::vector<const Source*>& sources, Identity identity,
                                      std::string_view name_template) {
    const std::vector<Parts> all = parts_of_all(sources, identity, name_template);
    const auto unfit = first_unfit(all);
    if (!unfit) {
        return std::nullopt;
    }
    const std::string_view name = source_row(*sources[*unfit]).name;
    if (lacks_a_part(all[*unfit])) {
        const bool is_ordinal = identity == Identity::ordinal;
        return UnfitSource{
            *unfit, fmt::format("{} does not know all that \"{}\" is made of; it knows: {}", name,
                                is_ordinal ? to_string(identity) : name_template,
                                describe(names_of(*sources[*unfit])))};
    }
    std::size_t first = 0;  // that is something else than what is written there
    while (first + 1 < *unfit && all[first].front() == NameKind::written) {
        ++first;
    }
    return UnfitSource{
        *unfit, fmt::format("{} ({}) and {} ({}) would name the same nodes differently, and keys "
                            "move when one takes over from the other; {}",
                            source_row(*sources[first]).name, words_of(all[first]), name,
                            words_of(all[*unfit]), advice_for(sources))};
}

}  // namespace ringside::config
