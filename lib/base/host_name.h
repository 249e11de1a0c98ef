// The text of a host name, as DNS has it.
#pragma once

#include <string>
#include <string_view>

namespace ringside::base {

// Whether a name can be asked for: labels of 1 to 63 letters, digits, '-' and '_', at most
// kHostNameBytesMax altogether; a dot at the end is allowed.
bool is_host_name(std::string_view name) noexcept;

// In small letters and without a dot at the end, so that equal names are equal texts.
std::string canonical_host_name(std::string_view name);

}  // namespace ringside::base
