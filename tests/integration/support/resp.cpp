#include "integration/support/resp.h"

#include <fmt/core.h>

#include <sstream>
#include <stdexcept>

namespace ringside::testing {
namespace {

// How many values follow the header, or -1 if the type is no aggregate.
long values_behind(char type, const std::string& count) {
    switch (type) {
        case '*':
        case '~':
            return std::stol(count);
        case '%':
            return 2 * std::stol(count);
        default:
            return -1;
    }
}

bool has_length(char type) {
    return type == '$' || type == '=' || type == '!';
}

}  // namespace

Words words_of(std::string_view line) {
    std::istringstream stream{std::string(line)};
    Words words;
    for (std::string word; stream >> word;) {
        words.push_back(word);
    }
    return words;
}

std::string resp(const Words& words) {
    std::string bytes = fmt::format("*{}\r\n", words.size());
    for (const std::string& word : words) {
        bytes += bulk(word);
    }
    return bytes;
}

std::string bulk(std::string_view text) {
    return fmt::format("${}\r\n{}\r\n", text.size(), text);
}

RespAnswer read_answer(Client& client) {
    RespAnswer answer;
    answer.raw = client.read_line();
    if (answer.raw.size() < 3) {
        throw std::runtime_error("not an answer: " + answer.raw);
    }
    const char type = answer.type();
    answer.text = answer.raw.substr(1, answer.raw.size() - 3);
    if (has_length(type) && answer.text != "-1") {
        const auto size = static_cast<std::size_t>(std::stoul(answer.text));
        const std::string body = client.read_exactly(size + 2);
        answer.raw += body;
        answer.text = body.substr(0, size);
    }
    const long values = values_behind(type, answer.text);
    for (long i = 0; i < values; ++i) {
        answer.items.push_back(read_answer(client));
        answer.raw += answer.items.back().raw;
    }
    return answer;
}

RespAnswer ask(Client& client, const Words& words) {
    client.send(resp(words));
    return read_answer(client);
}

}  // namespace ringside::testing
