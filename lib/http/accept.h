// What a client would like to be answered in: the Accept and Accept-Encoding fields of RFC 9110,
// section 12.5.
#pragma once

#include <cstdint>
#include <string_view>

namespace ringside::http {

// A form that an answer can have. `version`: the value of the parameter of that name.
struct MediaType {
    std::string_view type;     // "text"
    std::string_view subtype;  // "plain"
    std::string_view version;  // "0.0.4"
};

// How much a client would like one. More is better; equal ones are the server's choice.
struct Preference {
    std::uint32_t quality = 0;  // in thousandths; 0: not acceptable
    // Of the range that says so: 0 none, 1 */*, 2 text/*, 3 text/plain, 4 that with its version.
    std::uint32_t precision = 0;

    auto operator<=>(const Preference&) const = default;
};

// The most precise range that fits decides, wherever it stands. A range with another version does
// not fit; other parameters (charset, escaping) are not looked at. What is malformed is skipped. An
// empty field accepts everything.
Preference preference_of(std::string_view accept, const MediaType& type) noexcept;

// Whether an Accept-Encoding field asks for this coding ("gzip"): RFC 9110, section 12.5.3. What is
// not said is not asked for.
bool accepts_coding(std::string_view accept_encoding, std::string_view coding) noexcept;

}  // namespace ringside::http
