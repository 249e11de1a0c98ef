// COMMAND and its subcommands, and the HELP of commands that have some: answers from the table.
#include "protocol/redis_commands.h"
#include "protocol/redis_keys.h"
#include "protocol/redis_local.h"
#include "protocol/resp.h"

#include <algorithm>
#include <string>

namespace ringside::protocol {
namespace {

bool is_subcommand_of(const CommandSpec& command, std::string_view container) noexcept {
    return command.name.size() > container.size() && command.name.starts_with(container) &&
           command.name[container.size()] == ' ';
}

// A command that clients may use.
bool is_offered(const CommandSpec& command) noexcept {
    return command.route != Route::refused;
}

bool is_listed(const CommandSpec& command) noexcept {
    return is_offered(command) && !command.is_subcommand;
}

std::size_t count_listed() noexcept {
    return static_cast<std::size_t>(
        std::count_if(kRedisCommands.begin(), kRedisCommands.end(), is_listed));
}

// By its name in an answer of COMMAND: "get", "client|info". Null if it is not offered.
const CommandSpec* find_offered(std::string_view name) noexcept {
    std::string row_name(name);
    std::replace(row_name.begin(), row_name.end(), '|', ' ');
    const CommandSpec* command = kRedisIndex.find(row_name);
    return command != nullptr && is_offered(*command) ? command : nullptr;
}

void append_name(const CommandSpec& command, base::ByteBuffer& out) noexcept {
    std::string name;
    append_redis_name(command, name);
    append_bulk(name, out);
}

void append_signed(std::int32_t number, base::ByteBuffer& out) noexcept {
    if (number >= 0) {
        append_number(static_cast<std::uint64_t>(number), out);
        return;
    }
    out.append(":-");
    out.append(std::to_string(-number));
    out.append("\r\n");
}

bool keys_move(const CommandSpec& command) noexcept {
    return command.key_rule != KeyRule::range;
}

void append_flags(const CommandSpec& command, Dialect dialect, base::ByteBuffer& out) noexcept {
    const std::size_t count =
        (command.access != Access::none ? 1U : 0U) + (keys_move(command) ? 1U : 0U);
    append_set_header(count, dialect, out);
    switch (command.access) {
        case Access::read:
            append_status("readonly", out);
            break;
        case Access::write:
            append_status("write", out);
            break;
        case Access::none:
            break;
    }
    if (keys_move(command)) {
        append_status("movablekeys", out);
    }
}

// First, last and step. Where the request itself says how many keys there are, only what always is
// one; Redis does the same.
void append_key_range(const CommandSpec& command, base::ByteBuffer& out) noexcept {
    if (command.key_rule == KeyRule::counted) {
        const std::int32_t key = command.last_key;
        append_signed(key, out);
        append_signed(key, out);
        append_signed(key == 0 ? 0 : 1, out);
        return;
    }
    append_signed(command.first_key, out);
    append_signed(command.last_key, out);
    append_signed(command.key_step, out);
}

// A row in the form of COMMAND INFO, Redis 7: with empty ACL categories, hints and key
// specifications.
void append_row(const CommandSpec& command, Dialect dialect, base::ByteBuffer& out) noexcept {
    const bool fixed = command.words_min == command.words_max;
    append_array_header(10, out);
    append_name(command, out);
    append_signed(fixed ? command.words_min : -command.words_min, out);
    append_flags(command, dialect, out);
    append_key_range(command, out);
    append_set_header(0, dialect, out);
    append_set_header(0, dialect, out);
    append_set_header(0, dialect, out);
    const auto is_own = [&command](const CommandSpec& row) {
        return is_offered(row) && is_subcommand_of(row, command.name);
    };
    append_array_header(static_cast<std::size_t>(
                            std::count_if(kRedisCommands.begin(), kRedisCommands.end(), is_own)),
                        out);
    for (const CommandSpec& row : kRedisCommands) {
        if (is_own(row)) {
            append_row(row, dialect, out);
        }
    }
}

void append_doc(const CommandSpec& command, Dialect dialect, base::ByteBuffer& out) noexcept {
    append_name(command, out);
    append_map_header(2, dialect, out);
    append_bulk("summary", out);
    append_bulk(command.doc, out);
    append_bulk("group", out);
    append_bulk(command.family, out);
}

}  // namespace

void answer_command(const LocalRequest& request) noexcept {
    append_array_header(count_listed(), request.out);
    for (const CommandSpec& command : kRedisCommands) {
        if (is_listed(command)) {
            append_row(command, request.dialect(), request.out);
        }
    }
}

void answer_command_count(const LocalRequest& request) noexcept {
    append_number(count_listed(), request.out);
}

// Unknown names are left out.
void answer_command_docs(const LocalRequest& request) noexcept {
    const std::size_t words = request.frame.words.size();
    std::vector<const CommandSpec*> commands;
    for (const CommandSpec& command : kRedisCommands) {
        if (words == 2 && is_listed(command)) {
            commands.push_back(&command);
        }
    }
    for (std::size_t i = 2; i < words; ++i) {
        if (const CommandSpec* command = find_offered(request.word(i))) {
            commands.push_back(command);
        }
    }
    append_map_header(commands.size(), request.dialect(), request.out);
    for (const CommandSpec* command : commands) {
        append_doc(*command, request.dialect(), request.out);
    }
}

void answer_command_getkeys(const LocalRequest& request) noexcept {
    const auto words = std::span(request.frame.words).subspan(2);
    const CommandSpec* command = find_redis_command(words, request.bytes);
    if (command == nullptr || !is_offered(*command)) {
        append_error_reply("ERR Invalid command specified", request.out);
        return;
    }
    if (has_wrong_arity(*command, words.size())) {
        append_error_reply("ERR Invalid number of arguments specified for command", request.out);
        return;
    }
    std::vector<Slice> keys;
    const RedisKeys found = find_redis_keys(*command, request.bytes, words, keys);
    if (!found.problem.empty()) {
        append_error_reply(found.problem, request.out);
        return;
    }
    keys.resize(keys.size() - found.patterns);  // which keys they are is known while sorting
    if (keys.empty()) {
        append_error_reply("ERR The command has no key arguments", request.out);
        return;
    }
    append_array_header(keys.size(), request.out);
    for (const Slice& key : keys) {
        append_bulk(key.of(request.bytes), request.out);
    }
}

void answer_command_info(const LocalRequest& request) noexcept {
    const std::size_t words = request.frame.words.size();
    if (words == 2) {
        answer_command(request);
        return;
    }
    append_array_header(words - 2, request.out);
    for (std::size_t i = 2; i < words; ++i) {
        if (const CommandSpec* command = find_offered(request.word(i))) {
            append_row(*command, request.dialect(), request.out);
        } else {
            append_null(request.dialect(), request.out);
        }
    }
}

void answer_command_list(const LocalRequest& request) noexcept {
    append_array_header(count_listed(), request.out);
    for (const CommandSpec& command : kRedisCommands) {
        if (is_listed(command)) {
            append_name(command, request.out);
        }
    }
}

// Two lines for each subcommand: its name and what it does.
void answer_help(const LocalRequest& request) noexcept {
    const std::string_view name = request.frame.command->name;
    const std::string_view container = name.substr(0, name.find(' '));
    base::ByteBuffer lines;
    std::size_t count = 0;
    for (const CommandSpec& row : kRedisCommands) {
        if (is_offered(row) && is_subcommand_of(row, container)) {
            append_status(row.name, lines);
            append_status("    " + std::string(row.doc), lines);
            count += 2;
        }
    }
    append_array_header(count, request.out);
    request.out.append(lines.view());
}

}  // namespace ringside::protocol
