#include "protocol/redis/commands.h"

#include <algorithm>

namespace ringside::protocol {
namespace {

// Of a command with its subcommand; a longer one is in no row.
constexpr std::size_t kNameBytesMax = 32;
static_assert(std::all_of(kRedisCommands.begin(), kRedisCommands.end(),
                          [](const RedisRow& row) { return row.name.size() <= kNameBytesMax; }));

}  // namespace

const RedisRow* find_redis_command(std::span<const Slice> words, std::string_view bytes) noexcept {
    const std::string_view name = words[0].of(bytes);
    const RedisRow* command = kRedisIndex.find(name);
    if (command == nullptr || command->is_subcommand) {
        return nullptr;  // a subcommand is a word of its own
    }
    if (!command->has_subcommands || words.size() == 1) {
        return command;
    }
    const std::string_view second = words[1].of(bytes);
    if (name.size() + 1 + second.size() > kNameBytesMax) {
        return command;
    }
    std::array<char, kNameBytesMax> joined;
    char* end = std::copy(name.begin(), name.end(), joined.begin());
    *end++ = ' ';
    end = std::copy(second.begin(), second.end(), end);
    const RedisRow* subcommand =
        kRedisIndex.find({joined.data(), static_cast<std::size_t>(end - joined.data())});
    return subcommand != nullptr ? subcommand : command;
}

void append_redis_name(const RedisRow& command, std::string& out) {
    for (const char c : command.name) {
        out += c == ' ' ? '|' : lower(c);
    }
}

}  // namespace ringside::protocol
