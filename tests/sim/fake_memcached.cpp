#include "sim/fake_memcached.h"

#include "sim/fake_values.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

namespace ringside::sim {
namespace {

std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    while (!line.empty()) {
        const std::size_t end = std::min(line.find(' '), line.size());
        words.emplace_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return words;
}

bool is_storage(std::string_view command) {
    return command == "set" || command == "add" || command == "append" || command == "cas";
}

// The value, without its CRLF, that follows `line_end`; nothing before all of it is there.
bool take_block(std::string_view bytes, const std::string& size_word, Served& served) {
    std::size_t size = 0;
    std::from_chars(size_word.data(), size_word.data() + size_word.size(), size);
    if (bytes.size() < served.used + size + 2) {
        served.used = 0;
        return false;
    }
    const std::string_view value = bytes.substr(served.used, size);
    // Clients store what the key has anyway, so a byte that is lost or moved shows.
    served.confused =
        value != value_of(served.request.keys[0]) || bytes.substr(served.used + size, 2) != "\r\n";
    served.used += size + 2;
    return true;
}

void answer_retrieval(const std::vector<std::string>& words, Served& served) {
    const bool with_exptime = words[0] == "gat";
    served.request.keys.assign(words.begin() + (with_exptime ? 2 : 1), words.end());
    served.confused = served.request.keys.empty();
    for (const std::string& key : served.request.keys) {
        served.answer += memcached_block(key, words[0] == "gets");
    }
    served.answer += "END\r\n";
}

}  // namespace

Served serve_memcached(std::string_view bytes, routing::NodeId id) {
    Served served;
    const std::size_t line_end = bytes.find("\r\n");
    if (line_end == std::string_view::npos) {
        return served;
    }
    const std::vector<std::string> words = words_of(bytes.substr(0, line_end));
    served.used = line_end + 2;
    const std::string command = words.empty() ? "" : words[0];
    const std::size_t count = words.size();
    served.request.command = command;
    if (command == "get" || command == "gets" || command == "gat") {
        answer_retrieval(words, served);
    } else if (is_storage(command) && count == (command == "cas" ? 6u : 5u)) {
        served.request.keys = {words[1]};
        if (take_block(bytes, words[4], served)) {
            served.answer = memcached_line(command, words[1]);
        }
    } else if ((command == "delete" && count == 2) ||
               ((command == "touch" || command == "incr") && count == 3)) {
        served.request.keys = {words[1]};
        served.answer = memcached_line(command, words[1]);
    } else if (command == "flush_all" && count == 2) {
        served.request.keys = {words[1]};
        served.answer = "OK\r\n";
    } else if (command == "stats" && count == 1) {
        served.answer = fmt::format("STAT curr_items {}\r\nEND\r\n", std::uint64_t{1} << id);
    } else if (command == "version" && count == 1) {
        served.answer = fmt::format("VERSION 1.6.{}\r\n", id);
    } else {
        served.confused = true;
    }
    return served;
}

}  // namespace ringside::sim
