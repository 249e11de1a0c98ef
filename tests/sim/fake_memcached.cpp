#include "sim/fake_memcached.h"

#include <fmt/format.h>

#include <sstream>
#include <vector>

namespace ringside::sim {

std::string FakeMemcached::value_of(std::string_view key) {
    // A length that varies with the key, so that answers are cut in all places. A few are large
    // enough to be passed on before they are complete.
    const std::size_t scale = key.ends_with("5") && key.size() % 3 == 0 ? 200 : 1;
    const std::size_t repeats =
        scale * (1 + key.size() * 7 % 13 + static_cast<unsigned char>(key.back()) % 9);
    const std::string unit = fmt::format("<{}>", key);
    std::string value;
    value.reserve(repeats * unit.size());
    for (std::size_t i = 0; i < repeats; ++i) {
        value += unit;
    }
    return value;
}

std::string FakeMemcached::answer_to_get(std::string_view key) {
    const std::string value = value_of(key);
    return fmt::format("VALUE {} 0 {}\r\n{}\r\nEND\r\n", key, value.size(), value);
}

void FakeMemcached::receive(std::string_view bytes) {
    pending_ += bytes;
    while (!confused_ && serve_one()) {
    }
}

bool FakeMemcached::serve_one() {
    const std::size_t line_end = pending_.find("\r\n");
    if (line_end == std::string::npos) {
        return false;
    }
    std::istringstream line(pending_.substr(0, line_end));
    std::vector<std::string> words;
    for (std::string word; line >> word;) {
        words.push_back(word);
    }
    std::size_t used = line_end + 2;
    if (words.size() >= 2 && words[0] == "get") {
        for (std::size_t i = 1; i < words.size(); ++i) {
            keys_.insert(words[i]);
            const std::string value = value_of(words[i]);
            answers_ += fmt::format("VALUE {} 0 {}\r\n{}\r\n", words[i], value.size(), value);
        }
        answers_ += "END\r\n";
    } else if (words.size() == 5 && words[0] == "set") {
        const std::size_t size = std::stoul(words[4]);
        if (pending_.size() < used + size + 2) {
            return false;
        }
        used += size + 2;
        keys_.insert(words[1]);
        answers_ += "STORED\r\n";
    } else if (words.size() == 2 && words[0] == "delete") {
        keys_.insert(words[1]);
        answers_ += "NOT_FOUND\r\n";
    } else {
        confused_ = true;
        return false;
    }
    pending_.erase(0, used);
    return true;
}

}  // namespace ringside::sim
