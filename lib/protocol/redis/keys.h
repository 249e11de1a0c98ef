// Where the keys of a Redis request stand.
#pragma once

#include "protocol/framing.h"
#include "protocol/redis/rows.h"

#include <span>
#include <string_view>
#include <vector>

namespace ringside::protocol {

struct RedisKeys {
    std::size_t patterns = 0;  // so many of the last keys are patterns of keys, with an asterisk
    // The request makes no sense and has no keys; a word stands for them. Whatever node gets it
    // says what is wrong.
    bool left_to_node = false;
    // A script or a function without a key: nothing tells which node it is for.
    bool are_none = false;
    // What is wrong with the request, for the client, as static text ("ERR syntax error"); empty if
    // nothing is.
    std::string_view problem{};
};

// Appends the keys of a request, the words of which satisfy its row's arity, in their order.
RedisKeys find_redis_keys(const RedisRow& command, std::string_view bytes,
                          std::span<const Slice> words, std::vector<Slice>& keys) noexcept;

// True if a word of a request is the option, which is given in upper case.
bool is_redis_option(std::string_view word, std::string_view option) noexcept;

}  // namespace ringside::protocol
