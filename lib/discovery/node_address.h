// What a source may name as a node: the text of hosts and IP addresses, and addresses that no cache
// node can have. No lookups.
#pragma once

#include <string_view>

namespace ringside::discovery {

// A host name (letters, digits, '-', '_', '.', at most 253 bytes) or an IP without brackets.
bool is_host_text(std::string_view text) noexcept;

// An IPv4 or IPv6 address, without brackets or zone.
bool is_ip_text(std::string_view text) noexcept;

// True for addresses at which a poisoned source would make us attack somebody or ourselves:
// unspecified, broadcast, multicast, and link-local, which includes the metadata service of clouds
// (169.254.169.254). Also if wrapped into IPv6. Loopback is allowed: it is where tests and
// sidecars live. In each form that routing::dialled_ip() knows; false for text that is no IP.
bool is_forbidden_ip(std::string_view text);

}  // namespace ringside::discovery
