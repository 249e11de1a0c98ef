// What the nodes of the simulation hold: functions of the key, so that an answer that reaches
// another request is always visible. The clients compute from them what they must get.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::sim {

// A pool of the simulation takes no larger values; some that clients store are.
inline constexpr std::size_t kValueBytesMax = 30'000;

std::uint64_t mix_of(std::string_view key);
// From one byte to 40 KB: answers are cut in all places, some are passed on before they are
// complete, and a few are above kValueBytesMax.
std::string value_of(std::string_view key);
std::uint64_t number_of(std::string_view key);  // never 0

// --- memcached ---

// "VALUE ...", with its data block.
std::string memcached_block(std::string_view key, bool with_cas);
// The line for a command that has one key: set, delete, touch, incr and their like. Some are
// errors, which name the key.
std::string memcached_line(std::string_view command, std::string_view key);

// --- Redis ---

std::string redis_bulk(std::string_view bytes);
// The element for a key of GET or MGET; some keys have no value.
std::string redis_value(std::string_view key, bool resp3);
// The answer to a command with one key, by its name in lower case.
std::string redis_answer(std::string_view command, std::string_view key, bool resp3);
// What DEL, UNLINK and EXISTS count for a key: 0 or 1, whatever was done to it.
std::uint64_t redis_weight(std::string_view key);
// A HyperLogLog of one element.
std::string hyperloglog_of(std::string_view key);

}  // namespace ringside::sim
