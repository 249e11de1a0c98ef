// COMMAND and its subcommands, and the HELP of commands that have some: answers from the table.
#include "base/limits.h"
#include "protocol/redis/acl.h"
#include "protocol/redis/commands.h"
#include "protocol/redis/glob.h"
#include "protocol/redis/key_uses.h"
#include "protocol/redis/keys.h"
#include "protocol/redis/local.h"
#include "protocol/redis/resp.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ringside::protocol {
namespace {

bool is_subcommand_of(const RedisRow& command, std::string_view container) noexcept {
    return command.name.size() > container.size() && command.name.starts_with(container) &&
           command.name[container.size()] == ' ';
}

// A command that clients may use.
bool is_offered(const RedisRow& command) noexcept {
    return command.route != Route::refused;
}

bool is_listed(const RedisRow& command) noexcept {
    return is_offered(command) && !command.is_subcommand;
}

std::size_t count_listed() noexcept {
    return static_cast<std::size_t>(
        std::count_if(kRedisCommands.begin(), kRedisCommands.end(), is_listed));
}

// By its name in an answer of COMMAND: "get", "client|info". Null if it is not offered.
const RedisRow* find_offered(std::string_view name) noexcept {
    std::string row_name(name);
    std::replace(row_name.begin(), row_name.end(), '|', ' ');
    const RedisRow* command = kRedisIndex.find(row_name);
    return command != nullptr && is_offered(*command) ? command : nullptr;
}

void append_name(const RedisRow& command, base::ByteBuffer& out) noexcept {
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

bool keys_move(const RedisRow& command) noexcept {
    return command.key_rule != KeyRule::range;
}

void append_flags(const RedisRow& command, Dialect dialect, base::ByteBuffer& out) noexcept {
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
void append_key_range(const RedisRow& command, base::ByteBuffer& out) noexcept {
    if (command.key_rule == KeyRule::counted || command.key_rule == KeyRule::scripted) {
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

void append_acl_categories(const RedisRow& command, Dialect dialect,
                           base::ByteBuffer& out) noexcept {
    const AclCategories categories = command.acl.categories;
    append_set_header(static_cast<std::size_t>(std::popcount(categories)), dialect, out);
    for (std::size_t i = 0; i < kAclCategories.size(); ++i) {
        if ((categories >> i & 1) != 0) {
            append_status("@" + std::string(kAclCategories[i]), out);
        }
    }
}

// A row in the form of COMMAND INFO, Redis 7: with empty hints and key specifications.
void append_row(const RedisRow& command, Dialect dialect, base::ByteBuffer& out) noexcept {
    const bool fixed = command.words_min == command.words_max;
    append_array_header(10, out);
    append_name(command, out);
    append_signed(fixed ? command.words_min : -command.words_min, out);
    append_flags(command, dialect, out);
    append_key_range(command, out);
    append_acl_categories(command, dialect, out);
    append_set_header(0, dialect, out);
    append_set_header(0, dialect, out);
    const auto is_own = [&command](const RedisRow& row) {
        return is_offered(row) && is_subcommand_of(row, command.name);
    };
    append_array_header(static_cast<std::size_t>(
                            std::count_if(kRedisCommands.begin(), kRedisCommands.end(), is_own)),
                        out);
    for (const RedisRow& row : kRedisCommands) {
        if (is_own(row)) {
            append_row(row, dialect, out);
        }
    }
}

// A request that stands among the words of another one.
struct QuotedRequest {
    std::span<const Slice> words;
    const RedisRow* command = nullptr;
    std::vector<Slice> keys;     // one at least
    std::string_view problem{};  // not empty: instead of all that, what is wrong with it
};

QuotedRequest read_quoted(const LocalRequest& request) noexcept {
    QuotedRequest quoted;
    quoted.words = std::span(request.frame.words).subspan(2);
    quoted.command = find_redis_command(quoted.words, request.bytes);
    if (quoted.command == nullptr || !is_offered(*quoted.command)) {
        quoted.problem = "ERR Invalid command specified";
        return quoted;
    }
    if (has_wrong_arity(*quoted.command, quoted.words.size())) {
        quoted.problem = "ERR Invalid number of arguments specified for command";
        return quoted;
    }
    const RedisKeys found =
        find_redis_keys(*quoted.command, request.bytes, quoted.words, quoted.keys);
    quoted.problem =
        found.left_to_node ? "ERR Invalid arguments specified for command" : found.problem;
    if (!quoted.problem.empty()) {
        return quoted;
    }
    // Which keys the patterns stand for is known while sorting.
    quoted.keys.resize(quoted.keys.size() - found.patterns);
    if (quoted.keys.empty()) {
        quoted.problem = "ERR The command has no key arguments";
    }
    return quoted;
}

// "RW access update"
void append_key_flags(std::string_view flags, Dialect dialect, base::ByteBuffer& out) noexcept {
    append_set_header(static_cast<std::size_t>(std::count(flags.begin(), flags.end(), ' ')) + 1,
                      dialect, out);
    while (!flags.empty()) {
        const std::size_t end = std::min(flags.find(' '), flags.size());
        append_status(flags.substr(0, end), out);
        flags.remove_prefix(std::min(end + 1, flags.size()));
    }
}

// What FILTERBY demands of a row. The proxy has no modules.
struct RowFilter {
    enum class Kind : std::uint8_t { all, category, pattern, module };
    Kind kind = Kind::all;
    AclCategories category = 0;
    std::string_view pattern{};

    bool takes(const RedisRow& command) const noexcept {
        switch (kind) {
            case Kind::all:
                return true;
            case Kind::category:
                return (command.acl.categories & category) != 0;
            case Kind::pattern: {
                std::string name;
                append_redis_name(command, name);
                return matches_glob(pattern, name);
            }
            case Kind::module:
                return false;
        }
        return false;
    }
};

// COMMAND LIST [FILTERBY MODULE name | ACLCAT category | PATTERN pattern]; nothing if it is not
// understood.
std::optional<RowFilter> read_filter(const LocalRequest& request) noexcept {
    if (request.frame.words.size() == 2) {
        return RowFilter{};
    }
    if (request.frame.words.size() != 5 || !is_redis_option(request.word(2), "FILTERBY")) {
        return std::nullopt;
    }
    const std::string_view by = request.word(3);
    const std::string_view what = request.word(4);
    if (is_redis_option(by, "ACLCAT")) {
        return RowFilter{RowFilter::Kind::category, find_acl_category(what), {}};
    }
    if (is_redis_option(by, "PATTERN")) {
        return RowFilter{RowFilter::Kind::pattern, 0, what};
    }
    return is_redis_option(by, "MODULE") ? std::optional(RowFilter{RowFilter::Kind::module, 0, {}})
                                         : std::nullopt;
}

void append_doc(const RedisRow& command, Dialect dialect, base::ByteBuffer& out) noexcept {
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
    for (const RedisRow& command : kRedisCommands) {
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
    std::vector<const RedisRow*> commands;
    for (const RedisRow& command : kRedisCommands) {
        if (words == 2 && is_listed(command)) {
            commands.push_back(&command);
        }
    }
    for (std::size_t i = 2; i < words; ++i) {
        if (const RedisRow* command = find_offered(request.word(i))) {
            commands.push_back(command);
        }
    }
    append_map_header(commands.size(), request.dialect(), request.out);
    for (const RedisRow* command : commands) {
        append_doc(*command, request.dialect(), request.out);
    }
}

void answer_command_getkeys(const LocalRequest& request) noexcept {
    const QuotedRequest quoted = read_quoted(request);
    if (!quoted.problem.empty()) {
        append_error_reply(quoted.problem, request.out);
        return;
    }
    append_array_header(quoted.keys.size(), request.out);
    for (const Slice& key : quoted.keys) {
        append_bulk(key.of(request.bytes), request.out);
    }
}

void answer_command_getkeysandflags(const LocalRequest& request) noexcept {
    const QuotedRequest quoted = read_quoted(request);
    if (!quoted.problem.empty()) {
        append_error_reply(quoted.problem, request.out);
        return;
    }
    const KeyUse use = find_key_use(*quoted.command, request.bytes, quoted.words);
    append_array_header(quoted.keys.size(), request.out);
    for (std::size_t i = 0; i < quoted.keys.size(); ++i) {
        append_array_header(2, request.out);
        append_bulk(quoted.keys[i].of(request.bytes), request.out);
        append_key_flags(i == 0 ? use.first : use.others, request.dialect(), request.out);
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
        if (const RedisRow* command = find_offered(request.word(i))) {
            append_row(*command, request.dialect(), request.out);
        } else {
            append_null(request.dialect(), request.out);
        }
    }
}

// Subcommands as well, as in Redis.
void answer_command_list(const LocalRequest& request) noexcept {
    static_assert(base::kCommandPatternBytesMax == 256);
    const std::optional<RowFilter> filter = read_filter(request);
    if (!filter) {
        append_error_reply("ERR syntax error", request.out);
        return;
    }
    if (filter->pattern.size() > base::kCommandPatternBytesMax) {
        append_error_reply("ERR Patterns are limited to 256 bytes by this proxy.", request.out);
        return;
    }
    std::vector<const RedisRow*> rows;
    for (const RedisRow& command : kRedisCommands) {
        if (is_offered(command) && filter->takes(command)) {
            rows.push_back(&command);
        }
    }
    append_array_header(rows.size(), request.out);
    for (const RedisRow* command : rows) {
        append_name(*command, request.out);
    }
}

// Two lines for each subcommand: its name and what it does.
void answer_help(const LocalRequest& request) noexcept {
    const std::string_view name = request.frame.command->name;
    const std::string_view container = name.substr(0, name.find(' '));
    base::ByteBuffer lines;
    std::size_t count = 0;
    for (const RedisRow& row : kRedisCommands) {
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
