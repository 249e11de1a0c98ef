#include "sim/fake_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ringside::sim {

std::uint64_t mix_of(std::string_view key) {
    std::uint64_t mixed = 14695981039346656037ull;  // FNV-1a, and a last stir for the low bits
    for (const char c : key) {
        mixed = (mixed ^ static_cast<unsigned char>(c)) * 1099511628211ull;
    }
    return mixed ^ (mixed >> 31);
}

std::string value_of(std::string_view key) {
    const std::uint64_t mixed = mix_of(key);
    const bool is_large = mixed % 32 == 0;
    const std::size_t size = is_large ? 7'000 + mixed / 32 % 33'000 : 1 + mixed / 32 % 120;
    const std::string unit = fmt::format("<{}>", key);
    std::string value;
    value.reserve(size + unit.size());
    while (value.size() < size) {
        value += unit;
    }
    value.resize(std::max(size, unit.size()));
    return value;
}

std::uint64_t number_of(std::string_view key) {
    return 1 + mix_of(key) % 1'000'000'007;
}

std::string memcached_block(std::string_view key, bool with_cas) {
    const std::string value = value_of(key);
    const std::string cas = with_cas ? fmt::format(" {}", number_of(key)) : "";
    return fmt::format("VALUE {} 0 {}{}\r\n{}\r\n", key, value.size(), cas, value);
}

std::string memcached_line(std::string_view command, std::string_view key) {
    const std::uint64_t mixed = mix_of(key) / 1024;
    if (mixed % 4 == 0) {
        return fmt::format("SERVER_ERROR out of memory storing object {}\r\n", key);
    }
    const bool found = mixed / 4 % 2 == 0;
    if (command == "delete") {
        return found ? "DELETED\r\n" : "NOT_FOUND\r\n";
    }
    if (command == "touch") {
        return found ? "TOUCHED\r\n" : "NOT_FOUND\r\n";
    }
    if (command == "incr" || command == "decr") {
        return fmt::format("{}\r\n", number_of(key));
    }
    constexpr std::array<std::string_view, 4> kStorage{"STORED\r\n", "NOT_STORED\r\n", "EXISTS\r\n",
                                                       "NOT_FOUND\r\n"};
    return std::string(kStorage[mixed / 4 % kStorage.size()]);
}

std::string redis_bulk(std::string_view bytes) {
    return fmt::format("${}\r\n{}\r\n", bytes.size(), bytes);
}

std::string redis_value(std::string_view key, bool resp3) {
    if (key.starts_with('h')) {
        return redis_bulk(hyperloglog_of(key));
    }
    if (mix_of(key) / 1024 % 16 == 0) {
        return resp3 ? "_\r\n" : "$-1\r\n";
    }
    return redis_bulk(value_of(key));
}

std::string redis_answer(std::string_view command, std::string_view key, bool resp3) {
    if (command == "get") {
        return redis_value(key, resp3);
    }
    if (command == "incrby" || command == "append") {
        return fmt::format(":{}\r\n", number_of(key));
    }
    if (command == "zscore") {
        const std::uint64_t score = number_of(key);
        return resp3 ? fmt::format(",{}\r\n", score) : redis_bulk(std::to_string(score));
    }
    if (mix_of(key) / 1024 % 4 == 0) {
        return fmt::format("-OOM command not allowed for {}\r\n", key);
    }
    return "+OK\r\n";
}

std::uint64_t redis_weight(std::string_view key) {
    return mix_of(key) / 1024 % 2;
}

// The sparse form (hyperloglog.c): a run of empty registers, one with the value 1, and the rest.
std::string hyperloglog_of(std::string_view key) {
    constexpr std::size_t kRegisters = 16'384;
    const std::size_t place = 1 + mix_of(key) % (kRegisters - 2);
    std::string value("HYLL\x01", 5);
    value.append(11, '\0');
    const auto append_zeros = [&value](std::size_t count) {
        value += static_cast<char>(0x40 | ((count - 1) >> 8));
        value += static_cast<char>((count - 1) & 0xff);
    };
    append_zeros(place);
    value += static_cast<char>(0x80);
    append_zeros(kRegisters - place - 1);
    return value;
}

}  // namespace ringside::sim
