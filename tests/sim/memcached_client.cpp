#include "sim/memcached_client.h"

#include "sim/fake_values.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace ringside::sim {
namespace {

Asked ask_storage(Dice& dice, KeySource& keys) {
    static constexpr std::array<std::string_view, 6> kCommands{"set", "set",    "set",
                                                               "add", "append", "cas"};
    Asked asked;
    const std::string key = keys.fresh();
    const std::string value = value_of(key);
    asked.command = kCommands[dice.pick(kCommands.size())];
    asked.keys = {key};
    asked.no_reply = dice.chance(40);
    asked.answer = memcached_line(asked.command, key);
    asked.wire =
        fmt::format("{} {} 0 0 {}{}{}\r\n{}\r\n", asked.command, key, value.size(),
                    asked.command == "cas" ? " 1" : "", asked.no_reply ? " noreply" : "", value);
    if (value.size() > kValueBytesMax) {
        // A set that is refused removes the old value; the others do nothing.
        const bool removes = asked.command == "set";
        asked.command = removes ? "delete" : "";
        asked.unawaited = true;
        asked.head_bytes = asked.wire.find('\n') + 1;
        asked.answer = "SERVER_ERROR object too large for cache\r\n";
    }
    return asked;
}

// Commands of a line, with one key.
Asked ask_line(Dice& dice, KeySource& keys) {
    static constexpr std::array<std::string_view, 4> kCommands{"delete", "delete", "touch", "incr"};
    Asked asked;
    const std::string key = keys.fresh();
    asked.command = kCommands[dice.pick(kCommands.size())];
    asked.keys = {key};
    asked.no_reply = dice.chance(30);
    asked.answer = memcached_line(asked.command, key);
    asked.wire =
        fmt::format("{} {}{}{}\r\n", asked.command, key, asked.command == "delete" ? "" : " 7",
                    asked.no_reply ? " noreply" : "");
    return asked;
}

Asked ask_values(Dice& dice, KeySource& keys) {
    static constexpr std::array<std::string_view, 4> kCommands{"get", "get", "gets", "gat"};
    Asked asked;
    asked.shape = Shape::values;
    asked.command = kCommands[dice.pick(kCommands.size())];
    asked.wire = asked.command == "gat" ? "gat 7" : asked.command;
    const std::size_t count = dice.chance(50) ? 1 : 2 + dice.pick(6);
    for (std::size_t i = 0; i < count; ++i) {
        // Sometimes a key is named twice.
        const bool again = i > 0 && dice.chance(5);
        asked.keys.push_back(again ? asked.keys[dice.pick(i)] : keys.fresh());
        asked.blocks.push_back(memcached_block(asked.keys.back(), asked.command == "gets"));
        asked.wire += " " + asked.keys.back();
        asked.answer += asked.blocks.back();
    }
    asked.wire += "\r\n";
    asked.answer += "END\r\n";
    return asked;
}

Asked ask_every_node(Dice& dice, KeySource& keys) {
    if (dice.chance(50)) {
        return {.wire = "stats\r\n", .command = "stats", .shape = Shape::stats};
    }
    const std::string number = keys.fresh().substr(1);
    const bool no_reply = dice.chance(30);
    return {.wire = fmt::format("flush_all {}{}\r\n", number, no_reply ? " noreply" : ""),
            .command = "flush_all",
            .keys = {number},
            .shape = Shape::every_ok,
            .answer = "OK\r\n",
            .no_reply = no_reply};
}

// What is answered without a node, or by any of them.
Asked ask_other(Dice& dice) {
    switch (dice.pick(4)) {
        case 0:
            return {.wire = "verbosity 1\r\n", .answer = "OK\r\n"};
        case 1:
            return {.wire = "nonsense\r\n", .answer = "ERROR\r\n"};
        case 2:
            return {.wire = "version\r\n", .command = "version", .shape = Shape::version};
        default:
            break;
    }
    return dice.chance(20) ? Asked{.wire = "quit\r\n", .no_reply = true, .quits = true}
                           : Asked{.wire = "verbosity 1 noreply\r\n", .no_reply = true};
}

}  // namespace

Asked ask_memcached(Dice& dice, KeySource& keys) {
    const std::size_t kind = dice.pick(100);
    if (kind < 30) {
        return ask_storage(dice, keys);
    }
    if (kind < 50) {
        return ask_line(dice, keys);
    }
    if (kind < 94) {
        return ask_values(dice, keys);
    }
    return kind < 97 ? ask_every_node(dice, keys) : ask_other(dice);
}

std::size_t memcached_answer_size(std::string_view bytes) {
    std::size_t at = 0;
    for (;;) {
        const std::size_t line_end = bytes.find("\r\n", at);
        if (line_end == std::string_view::npos) {
            return 0;
        }
        const std::string_view line = bytes.substr(at, line_end - at);
        at = line_end + 2;
        if (line.starts_with("VALUE ")) {
            std::size_t begin = line.find(' ', 6);
            begin = line.find(' ', std::min(begin, line.size() - 1) + 1);
            std::size_t size = 0;
            std::from_chars(line.data() + std::min(begin, line.size() - 1) + 1,
                            line.data() + line.size(), size);
            at += size + 2;
        } else if (!line.starts_with("STAT ")) {
            return at;
        }
        if (at > bytes.size()) {
            return 0;
        }
    }
}

}  // namespace ringside::sim
