// Redis's protocol for tests: writing requests, and reading answers as trees.
#pragma once

#include "integration/support/network.h"

#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {

using Words = std::vector<std::string>;

// "SET a b" -> {"SET", "a", "b"}: words without blanks.
Words words_of(std::string_view line);

// A request as clients send it: {"GET", "k"} is "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n".
std::string resp(const Words& words);

// "$1\r\nk\r\n"
std::string bulk(std::string_view text);

// An answer of RESP2 or RESP3.
struct RespAnswer {
    std::string raw;                // as it came
    std::string text;               // of what is no aggregate
    std::vector<RespAnswer> items;  // of aggregates; of a map key, value, key and so on

    char type() const { return raw.front(); }
    bool is_error() const { return type() == '-' || type() == '!'; }
};

RespAnswer read_answer(Client& client);

// Sends one request and reads its answer.
RespAnswer ask(Client& client, const Words& words);

}  // namespace ringside::testing
