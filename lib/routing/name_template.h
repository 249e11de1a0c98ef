// Ring names by a text with placeholders, "{short_host}-{port}": `identity: template` of a pool.
// Pure.
#pragma once

#include "base/expected.h"
#include "routing/membership.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::routing {

// Longer ones are refused when the configuration is loaded.
inline constexpr std::size_t kNameTemplateBytesMax = 128;
// Longer names are nobody's: a list that would lead to one is refused.
inline constexpr std::size_t kRingNameBytesMax = 512;

enum class Placeholder : std::uint8_t { host, short_host, address, port, ordinal, zone, name };

// "{host}, {short_host}, ...": for people.
std::string placeholder_names();

// The placeholders in it, in order. An error: one that is not known, a brace without its partner, a
// control character, too long, or none that differs from node to node.
base::Expected<std::vector<Placeholder>> parse_name_template(std::string_view text);

// The ring name of a member. not_found if something is not known of it, with what and of whom.
// Requires: parse_name_template() accepts the text.
base::Expected<std::string> name_by_template(std::string_view text, const Member& member);

// The number at the end of a host name's first label, as a StatefulSet gives it, without leading
// zeros: of "cache-3.cache.app.svc" it is "3". Nothing if there is none of at most nine digits.
std::optional<std::string> ordinal_of(std::string_view host);

// In lower case and without a dot at its end: the same name in DNS, one text on the ring.
std::string normal_host(std::string_view host);

}  // namespace ringside::routing
