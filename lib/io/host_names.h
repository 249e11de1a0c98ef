// Host names as text: under which full names they are asked for, and how addresses are ordered.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::io {

// Letters in lower case: names are the same in either (RFC 4343).
std::string lower_case(std::string_view name);

// "localhost" and all below it, which are never asked for (RFC 6761, 6.3). Requires: lower case.
bool is_localhost(std::string_view name) noexcept;

// All below "invalid" and "onion", of which DNS knows nothing (RFC 6761, 6.4; RFC 7686, 2).
// Requires: lower case.
bool is_never_in_dns(std::string_view name) noexcept;

// The full names to ask for, one after the other, as resolv.conf(5) has it: a name with a dot at
// its end only as it is; one with at least `ndots` dots as it is and then below each of `domains`;
// others the other way round. What would be too long is left out.
std::vector<std::string> full_names(const std::string& name,
                                    const std::vector<std::string>& domains, std::size_t ndots);

// An address at which a node can be: not 0.0.0.0 or ::, no multicast, no broadcast.
bool is_usable_ip(const std::string& ip) noexcept;

// In the order in which they are to be tried, each once: see NameResolver::ask(). Asks the kernel
// for its routes; nothing is sent.
void sort_for_use(std::vector<std::string>& ips);

}  // namespace ringside::io
