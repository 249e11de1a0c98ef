#include "sim/redis_client.h"

#include "protocol/redis/hyperloglog.h"
#include "sim/fake_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace ringside::sim {
namespace {

std::string wire_of(const std::vector<std::string>& words) {
    std::string wire = fmt::format("*{}\r\n", words.size());
    for (const std::string& word : words) {
        wire += redis_bulk(word);
    }
    return wire;
}

// Refuses a request for a value that is too large, if there is one.
void judge_values(Asked& asked) {
    for (const std::string& key : asked.keys) {
        const std::string value = value_of(key);
        if (value.size() > kValueBytesMax) {
            asked.command.clear();
            asked.shape = Shape::prefix;
            asked.unawaited = true;
            asked.answer = "-ERR an argument of ";
            asked.head_bytes = asked.wire.find(value);
            return;
        }
    }
}

Asked ask_one(Dice& dice, KeySource& keys) {
    static constexpr std::array<std::string_view, 8> kCommands{"get", "get",    "get",    "set",
                                                               "set", "incrby", "append", "zscore"};
    Asked asked;
    const std::string key = keys.fresh();
    asked.command = kCommands[dice.pick(kCommands.size())];
    asked.keys = {key};
    std::vector<std::string> words{asked.command, key};
    if (asked.command == "set" || asked.command == "append") {
        words.push_back(value_of(key));
    } else if (asked.command == "incrby" || asked.command == "zscore") {
        words.push_back("7");
    }
    asked.wire = wire_of(words);
    if (asked.command == "set" || asked.command == "append") {
        judge_values(asked);
    }
    return asked;
}

std::string sum_of_weights(const std::vector<std::string>& keys) {
    std::uint64_t sum = 0;
    for (const std::string& key : keys) {
        sum += redis_weight(key);
    }
    return fmt::format(":{}\r\n", sum);
}

std::string distinct_count(const std::vector<std::string>& keys) {
    protocol::HyperloglogUnion all;
    for (const std::string& key : keys) {
        (void)all.add(hyperloglog_of(key));
    }
    return fmt::format(":{}\r\n", all.count());
}

Asked ask_mset(Dice& dice, KeySource& keys) {
    Asked asked{.command = "mset", .answer = "+OK\r\n"};
    std::vector<std::string> words{asked.command};
    for (std::size_t i = 0, count = 1 + dice.pick(6); i < count; ++i) {
        asked.keys.push_back(keys.fresh());
        words.push_back(asked.keys.back());
        words.push_back(value_of(asked.keys.back()));
    }
    asked.wire = wire_of(words);
    judge_values(asked);
    return asked;
}

Asked ask_many(Dice& dice, KeySource& keys, bool resp3) {
    static constexpr std::array<std::string_view, 8> kCommands{"mget", "mget", "mget",   "mget",
                                                               "del",  "del",  "exists", "pfcount"};
    Asked asked;
    asked.command = kCommands[dice.pick(kCommands.size())];
    std::vector<std::string> words{asked.command};
    for (std::size_t i = 0, count = 1 + dice.pick(6); i < count; ++i) {
        const bool again = i > 0 && dice.chance(5);
        asked.keys.push_back(again ? asked.keys[dice.pick(i)]
                                   : keys.fresh(asked.command == "pfcount" ? 'h' : 'k'));
        words.push_back(asked.keys.back());
    }
    if (asked.command == "mget") {
        asked.answer = fmt::format("*{}\r\n", asked.keys.size());
        for (const std::string& key : asked.keys) {
            asked.answer += redis_value(key, resp3);
        }
    } else if (asked.command == "pfcount") {
        asked.answer = distinct_count(asked.keys);
    } else {
        asked.answer = sum_of_weights(asked.keys);
    }
    asked.wire = wire_of(words);
    return asked;
}

Asked ask_rename(KeySource& keys) {
    Asked asked;
    asked.command = "rename";
    asked.keys = {keys.fresh(), keys.fresh()};
    asked.shape = Shape::same_node;
    asked.answer = "+OK\r\n";
    asked.wire = wire_of({"RENAME", asked.keys[0], asked.keys[1]});
    return asked;
}

// What the proxy answers itself.
Asked ask_local(Dice& dice, KeySource& keys, bool& resp3) {
    if (dice.chance(50)) {
        const std::string token = keys.fresh('p');
        return {.wire = wire_of({"PING", token}), .answer = redis_bulk(token)};
    }
    resp3 = dice.chance(50);
    // A map of seven fields in RESP3, a flat array in RESP2.
    return {.wire = wire_of({"HELLO", resp3 ? "3" : "2"}),
            .shape = Shape::prefix,
            .answer = resp3 ? "%7\r\n" : "*14\r\n"};
}

}  // namespace

Asked ask_redis(Dice& dice, KeySource& keys, bool& resp3) {
    const std::size_t kind = dice.pick(100);
    Asked asked;
    if (kind < 50) {
        asked = ask_one(dice, keys);
        if (!asked.command.empty()) {
            asked.answer = redis_answer(asked.command, asked.keys[0], resp3);
        }
    } else if (kind < 56) {
        asked = ask_mset(dice, keys);
    } else if (kind < 86) {
        asked = ask_many(dice, keys, resp3);
    } else if (kind < 88) {
        asked = ask_rename(keys);
    } else if (kind < 99) {
        asked = ask_local(dice, keys, resp3);
    } else {
        asked = {.wire = wire_of({"QUIT"}), .answer = "+OK\r\n", .quits = true};
    }
    asked.resp3 = resp3;
    return asked;
}

std::size_t redis_answer_size(std::string_view bytes) {
    std::size_t at = 0;
    for (std::uint64_t values = 1; values > 0; --values) {
        const std::size_t line_end = bytes.find("\r\n", at);
        if (line_end == std::string_view::npos) {
            return 0;
        }
        const char type = bytes[at];
        std::int64_t number = 0;
        std::from_chars(bytes.data() + at + 1, bytes.data() + line_end, number);
        at = line_end + 2;
        if (type == '$' && number >= 0) {
            at += static_cast<std::size_t>(number) + 2;
        } else if (type == '*' || type == '%') {
            values += static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0)) *
                      (type == '%' ? 2 : 1);
        }
        if (at > bytes.size()) {
            return 0;
        }
    }
    return at;
}

}  // namespace ringside::sim
