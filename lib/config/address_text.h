// Addresses as the configuration and the command line write them.
//
// The errors hold the reason and the rule only; who calls knows the place.
#pragma once

#include "base/expected.h"
#include "config/config.h"
#include "routing/membership.h"
#include "routing/node.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::config {

// `HOST:PORT`, split at the last colon, so that an IPv6 address needs no brackets but may have
// them. The host is taken literally and not looked up.
base::Expected<routing::Address> parse_address(std::string_view text);

// An address as above, or `/PATH`, or `/PATH MODE` with octal permissions of the socket up to
// 0777; 0: by the umask.
base::Expected<Listen> parse_listen(std::string_view text);

// A pool listens on so many addresses at most.
inline constexpr std::size_t kListensMax = 16;

// Several of these with commas between them; behind a path the comma has a blank behind it, as a
// path may hold commas.
base::Expected<std::vector<Listen>> parse_listens(std::string_view text);

// All that the pool listens on, and the same as one text.
std::vector<Listen> listens_of(const PoolConfig& pool);
std::string listen_text(const PoolConfig& pool);

// `HOST:PORT:WEIGHT [NAME]` or `/PATH:WEIGHT [NAME]`, taken apart from the right as twemproxy does
// (nc_conf.c, conf_add_server). Without a name the ring name is routing::default_ring_name.
base::Expected<routing::Member> parse_server(std::string_view text);

// A node's weight, from 1 to kWeightMax.
inline constexpr std::uint64_t kWeightMax = std::uint64_t{1} << 31;
base::Expected<std::uint32_t> parse_weight(std::string_view text);

}  // namespace ringside::config
