// Errors that come from outside (files, peers, DNS, the operator) are values of this type.
#pragma once

#include <string>
#include <string_view>

namespace ringside::base {

// What went wrong, coarse enough to decide on: the text says the rest.
enum class Errc {
    invalid_argument,  // a command line option or an argument of an admin call
    invalid_config,    // the configuration breaks a rule of docs/CONFIG.md
    not_found,         // the thing that was named does not exist
    conflict,          // valid, but not in the present state
    io,                // the operating system refused: the text carries its reason
    malformed,         // a peer's answer breaks its protocol
    timed_out,         // no answer within the limit
};

std::string_view to_string(Errc code) noexcept;

// A code to decide on and one sentence for a person, outermost context first:
// "pools.yml:12:6: alpha.servers[2]: port 0 is out of range 1..65535".
struct Error {
    Errc code;
    std::string message;

    // The same error seen from one level further out: "context: message".
    [[nodiscard]] Error in(std::string_view context) const;
};

}  // namespace ringside::base
