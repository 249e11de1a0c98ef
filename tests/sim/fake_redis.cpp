#include "sim/fake_redis.h"

#include "protocol/redis/hyperloglog.h"
#include "sim/fake_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace ringside::sim {
namespace {

// The number behind a type byte at `at`, which moves behind its line. False if that is not there.
bool take_number(std::string_view bytes, char type, std::size_t& at, std::size_t& number) {
    const std::size_t end = bytes.find("\r\n", at);
    if (end == std::string_view::npos || bytes[at] != type) {
        return false;
    }
    std::from_chars(bytes.data() + at + 1, bytes.data() + end, number);
    at = end + 2;
    return true;
}

// The words of the request at the start; none if it is incomplete.
std::vector<std::string> take_words(std::string_view bytes, Served& served) {
    std::vector<std::string> words;
    std::size_t at = 0;
    std::size_t count = 0;
    served.confused = !bytes.empty() && bytes[0] != '*';
    if (served.confused || !take_number(bytes, '*', at, count)) {
        return words;
    }
    for (std::size_t i = 0; i < count; ++i) {
        std::size_t size = 0;
        served.confused = at < bytes.size() && bytes[at] != '$';
        if (served.confused || !take_number(bytes, '$', at, size) || bytes.size() < at + size + 2) {
            return {};
        }
        words.emplace_back(bytes.substr(at, size));
        at += size + 2;
    }
    served.used = at;
    return words;
}

std::string count_distinct(const std::vector<std::string>& keys) {
    protocol::HyperloglogUnion all;
    for (const std::string& key : keys) {
        (void)all.add(hyperloglog_of(key));
    }
    return fmt::format(":{}\r\n", all.count());
}

bool answer_many(const std::string& command, Served& served, bool resp3) {
    const std::vector<std::string>& keys = served.request.keys;
    if (command == "mget") {
        served.answer = fmt::format("*{}\r\n", keys.size());
        for (const std::string& key : keys) {
            served.answer += redis_value(key, resp3);
        }
        return true;
    }
    if (command == "pfcount") {
        served.answer = count_distinct(keys);
        return true;
    }
    if (command == "mset" || command == "rename") {
        served.answer = "+OK\r\n";
        return true;
    }
    if (command == "del" || command == "exists") {
        std::uint64_t sum = 0;
        for (const std::string& key : keys) {
            sum += redis_weight(key);
        }
        served.answer = fmt::format(":{}\r\n", sum);
        return true;
    }
    return false;
}

bool has_value(std::string_view command) {
    return command == "set" || command == "append";
}

void serve_words(std::vector<std::string> words, Served& served, bool& resp3) {
    std::string& command = words[0];
    std::transform(command.begin(), command.end(), command.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    served.request.command = command;
    if (command == "hello") {
        resp3 = words.size() == 2 && words[1] == "3";
        served.confused = !resp3;
        served.answer = "%1\r\n$5\r\nproto\r\n:3\r\n";
        return;
    }
    if (command == "ping" && words.size() == 1) {
        served.answer = "+PONG\r\n";
        return;
    }
    if (words.size() < 2) {
        served.confused = true;
        return;
    }
    const std::size_t step = command == "mset" ? 2 : 1;
    for (std::size_t i = 1; i < words.size(); i += step) {
        served.request.keys.push_back(words[i]);
        if (step == 2) {
            served.confused =
                served.confused || i + 1 == words.size() || words[i + 1] != value_of(words[i]);
        }
    }
    if (answer_many(command, served, resp3)) {
        return;
    }
    served.request.keys = {words[1]};
    served.answer = redis_answer(command, words[1], resp3);
    served.confused = has_value(command) && (words.size() != 3 || words[2] != value_of(words[1]));
}

}  // namespace

Served serve_redis(std::string_view bytes, bool& resp3) {
    Served served;
    std::vector<std::string> words = take_words(bytes, served);
    if (!words.empty()) {
        serve_words(std::move(words), served, resp3);
    }
    return served;
}

}  // namespace ringside::sim
