// Percent-encoding and query strings (RFC 3986, sections 2.1 and 3.4).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::http {

// One "name=value" of a query, decoded. A name without '=' has an empty value.
struct QueryParameter {
    std::string name;
    std::string value;

    bool operator==(const QueryParameter&) const = default;
};

// "%2F" becomes "/"; nothing if a '%' is not followed by two hexadecimal digits. '+' stays '+':
// it means a blank in HTML forms only, and cache keys contain it.
std::optional<std::string> percent_decode(std::string_view text);

// Every byte but RFC 3986's unreserved ones as "%XX": fits into a path segment and a query value.
std::string percent_encode(std::string_view text);

// "a=1&b" in its order. Nothing if an escape is malformed. Empty parts are skipped.
std::optional<std::vector<QueryParameter>> parse_query(std::string_view text);

}  // namespace ringside::http
