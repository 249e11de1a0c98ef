// The words of a controller's script: nodes and pools as short texts, so that a script that fails
// can be read, cut and played again.
#pragma once

#include "config/config.h"
#include "routing/membership.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::sim {

using Words = std::vector<std::string>;

Words split(std::string_view text, char separator);

// 0 of what is no number.
std::uint64_t number_of(std::string_view text);

// "n1@10.0.0.1", and as wanted "*2" (weight), "^name" (host name), "+10.0.0.2" (a further IP), in
// this order. The port is always 11211.
std::string to_text(const routing::Member& member);
routing::Member member_of(std::string_view text);

// "beta source=cfg1 protocol=redis auto=1 max=50%": the name, then every key that is not at its
// default. source=list:MEMBER,MEMBER is a static list, any other an endpoint to ask.
std::string to_text(const config::PoolConfig& pool);
config::PoolConfig pool_of(const Words& words);

}  // namespace ringside::sim
