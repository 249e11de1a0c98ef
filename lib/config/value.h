// From the text of one value to the field that it sets, checked against the row of its key.
//
// The errors say what is wrong and the rule; the place is added by the caller. The field is left as
// it was if the text is refused.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "config/config.h"
#include "config/schema.h"
#include "routing/hash.h"
#include "routing/max_ejected.h"
#include "routing/node.h"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::config {

base::Status take_number(const Key& key, std::string_view text, std::uint64_t& number);
base::Status take_bool(const Key& key, std::string_view text, bool& flag);
base::Status take_share(const Key& key, std::string_view text, routing::MaxEjected& share);
base::Status take_duration(const Key& key, std::string_view text, base::milliseconds& duration);
// The value may be a secret: no message shows it.
base::Status take_text(const Key& key, std::string_view text, std::string& destination);
// "127.0.0.1:53, [::1]:5353": IPs only.
base::Status take_nameservers(const Key& key, std::string_view text,
                              std::vector<routing::Address>& servers);
// "a.example:11211, b.example:11211": host names only, at most key.max of them.
base::Status take_names(const Key& key, std::string_view text,
                        std::vector<routing::Address>& names);
// "10.0.0.0/8, fd00::/8".
base::Status take_ranges(const Key& key, std::string_view text,
                         std::vector<routing::IpRange>& ranges);
// "a.example, b.example": at most key.max of them; in small letters, without a dot at the end.
base::Status take_hosts(const Key& key, std::string_view text, std::vector<std::string>& hosts);
// Of a file, or another text without control characters.
base::Status take_path(const Key& key, std::string_view text, std::string& path);
// Linux's PATH_MAX, and room for a file's name.
inline constexpr std::uint64_t kPathBytesMax = 4000;

// An absolute path: a daemon runs elsewhere than where it was started.
base::Status take_absolute_path(const Key& key, std::string_view text, std::string& path);
base::Status take_hash_tag(const Key& key, std::string_view text, routing::HashTag& tag);
base::Status take_address(std::string_view text, routing::Address& address);
base::Status take_listen(std::string_view text, Listen& listen);

// The error for a text that is none of `key.choices`, with a suggestion if one is near.
base::Status not_a_choice(const Key& key, std::string_view text);

// Requires: key.max fits into Number.
template <std::unsigned_integral Number>
base::Status take_number(const Key& key, std::string_view text, Number& number) {
    std::uint64_t value = 0;
    base::Status status = take_number(key, text, value);
    if (status) {
        number = static_cast<Number>(value);
    }
    return status;
}

// `parsed` is what the text means, or nothing if it is no choice.
template <typename Choice>
base::Status take_choice(const Key& key, std::string_view text, std::optional<Choice> parsed,
                         Choice& choice) {
    if (!parsed) {
        return not_a_choice(key, text);
    }
    choice = *parsed;
    return base::Done{};
}

}  // namespace ringside::config
