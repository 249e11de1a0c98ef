// The columns of the table of memcached commands, and the short forms that its rows are written in.
//
// No column has a default, in a row or in a short form: one that is left out does not compile
// (tests/tidy/left_out.py).
#pragma once

#include "protocol/command.h"
#include "protocol/outcome.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace ringside::protocol {

// The rule for the words behind a command's name; arguments.cpp has what each demands.
enum class Arguments : std::uint8_t {
    any,               // not looked at
    keys,              // nothing but keys
    exptime_and_keys,  // a time in front of the keys
    storage,           // behind the key: flags, a time, a length
    storage_unique,    // the same, and the unique number that gets has told
    delta,             // behind the key: a number
    exptime,           // behind the key: a time
    old_zero,          // behind the key: nothing, or the 0 of old clients, which no node sees
    delay,             // nothing, or a time
    level,             // a number
    dropped,           // any, and no node sees them
    refused,           // none: with any, the request is refused with the row's local answer
};

// What the last of the words may be, where the last is optional. `noreply` is never sent to a node.
enum class LastWord : std::uint8_t {
    argument,            // there is no optional word, and `noreply` is an argument like others
    noreply,             // that; any other is an argument
    noreply_or_ignored,  // that; any other is dropped, as memcached ignores it
};

// What an answer of the node looks like. Each may be an error line instead, or end in one.
enum class ReplyShape : std::uint8_t {
    none,    // no node is ever asked
    line,    // exactly one line
    values,  // VALUE blocks and END: Outcome::value, without any block Outcome::miss
    stats,   // STAT lines and END: Outcome::ok
};

enum class LineForm : std::uint8_t {
    text,    // exactly the text
    prefix,  // begins with the text
    number,  // a decimal number, as large as memcached's 64 bits allow
};

// A line that a node may answer with, and what it means.
struct AnswerLine {
    LineForm form;
    std::string_view text;  // number: empty
    Outcome outcome;
};

// All lines that fit, errors apart. Kept within the row.
class AnswerLines {
  public:
    constexpr AnswerLines(std::initializer_list<AnswerLine> lines) noexcept : size_(lines.size()) {
        std::copy(lines.begin(), lines.end(), lines_.begin());
    }
    constexpr const AnswerLine* begin() const noexcept { return lines_.data(); }
    constexpr const AnswerLine* end() const noexcept { return lines_.data() + size_; }
    constexpr std::size_t size() const noexcept { return size_; }

  private:
    std::array<AnswerLine, 4> lines_{};  // more do not compile
    std::size_t size_;
};

struct Answers {
    ReplyShape shape;
    bool with_unique;   // values: their lines have the unique number that cas needs
    AnswerLines lines;  // line: what may stand there
};

// What the proxy answers itself, where it does: to what it does not forward, to arguments that the
// row refuses, and to what the pool does not permit.
struct LocalAnswer {
    std::string_view text;  // empty: none
    bool names_pool;        // the name of the pool follows the text, and the line end
    bool closes;            // the connection
};

// What only the memcached codecs must know of a command.
struct MemcacheSpec {
    std::int8_t block_length_word;  // the word that is the length of a data block; 0: no block
    Arguments arguments;
    LastWord last_word;
    // The command that a refused value is replaced by, for its key; empty: none.
    std::string_view too_large_entails;
    Answers answers;
    Remember remember;
    LocalAnswer local;
};

// A row of the table: all that there is to know of a command.
struct MemcacheRow : CommandSpec, MemcacheSpec {};

constexpr const MemcacheRow& memcache_row(const CommandSpec& command) noexcept {
    return static_cast<const MemcacheRow&>(command);
}

namespace memcache_rows {

struct Words {
    std::int32_t least;
    std::int32_t most;  // -1: no limit
    LastWord last;
};
// So many, and then `noreply`, or a word that memcached ignores.
constexpr Words with_noreply(std::int32_t words) {
    return {words, words + 1, LastWord::noreply_or_ignored};
}
constexpr Words at_least(std::int32_t words) {
    return {words, -1, LastWord::argument};
}

constexpr AnswerLine text(std::string_view line, Outcome outcome) {
    return {LineForm::text, line, outcome};
}
constexpr AnswerLine prefix(std::string_view begin, Outcome outcome) {
    return {LineForm::prefix, begin, outcome};
}
constexpr AnswerLine number(Outcome outcome) {
    return {LineForm::number, {}, outcome};
}
constexpr Answers one_of(AnswerLines lines) {
    return {.shape = ReplyShape::line, .with_unique = false, .lines = lines};
}
constexpr Answers many_lines(ReplyShape shape, bool with_unique) {
    return {.shape = shape, .with_unique = with_unique, .lines = {}};
}
inline constexpr Answers kNoNodeAnswers = many_lines(ReplyShape::none, false);

constexpr LocalAnswer says(std::string_view text) {
    return {.text = text, .names_pool = false, .closes = false};
}
inline constexpr LocalAnswer kNoLocalAnswer = says({});

// A command without a key.
struct Keyless {
    std::string_view name;
    Route route;
    Access access;
    Permission permission;
    bool needs_facts;
    Words words;
    Arguments arguments;
    Answers answers;
    Merge merge;
    LocalAnswer local;
    bool in_twemproxy;
    std::string_view doc;
};

constexpr MemcacheRow keyless(const Keyless& row) {
    return {{.name = row.name,
             .route = row.route,
             .merge = row.merge,
             .part_per_key = false,
             .part = nullptr,
             .access = row.access,
             .command_class = CommandClass::other,
             .permission = row.permission,
             .needs_authentication = false,
             .may_change_links = false,
             .needs_facts = row.needs_facts,
             .speaks_for_node = true,
             .words_min = row.words.least,
             .words_max = row.words.most,
             .first_key = 0,
             .last_key = 0,
             .key_step = 0,
             .in_twemproxy = row.in_twemproxy,
             .twemproxy_words_max = -1,
             .doc = row.doc,
             .family = {}},
            {.block_length_word = 0,
             .arguments = row.arguments,
             .last_word = row.words.last,
             .too_large_entails = {},
             .answers = row.answers,
             .remember = Remember::nothing,
             .local = row.local}};
}

// A command that changes the value of one key, the word behind its name. It goes to the key's
// owner, whose answer is passed on; nothing of the request is remembered.
struct Keyed {
    std::string_view name;
    CommandClass command_class;
    Words words;
    Arguments arguments;
    std::int8_t block_length_word;
    std::string_view too_large_entails;
    Answers answers;
    bool in_twemproxy;
    std::string_view doc;
};

constexpr MemcacheRow keyed(const Keyed& row) {
    return {{.name = row.name,
             .route = Route::by_key,
             .merge = Merge::none,
             .part_per_key = false,
             .part = nullptr,
             .access = Access::write,
             .command_class = row.command_class,
             .permission = Permission::always,
             .needs_authentication = false,
             .may_change_links = false,
             .needs_facts = false,
             .speaks_for_node = true,
             .words_min = row.words.least,
             .words_max = row.words.most,
             .first_key = 1,
             .last_key = 1,
             .key_step = 1,
             .in_twemproxy = row.in_twemproxy,
             .twemproxy_words_max = -1,
             .doc = row.doc,
             .family = {}},
            {.block_length_word = row.block_length_word,
             .arguments = row.arguments,
             .last_word = row.words.last,
             .too_large_entails = row.too_large_entails,
             .answers = row.answers,
             .remember = Remember::nothing,
             .local = kNoLocalAnswer}};
}

// A command that asks for the values of all words from the first key on. It is split over their
// owners, and the keys are remembered. What stands in front of the first key, each part repeats.
struct Retrieval {
    std::string_view name;
    Access access;
    std::int8_t first_key;
    Arguments arguments;
    Answers answers;
    bool in_twemproxy;
    std::string_view doc;
};

constexpr MemcacheRow retrieval(const Retrieval& row) {
    return {{.name = row.name,
             .route = Route::by_each_key,
             .merge = Merge::values,
             .part_per_key = false,
             .part = nullptr,
             .access = row.access,
             .command_class = row.access == Access::read ? CommandClass::read : CommandClass::write,
             .permission = Permission::always,
             .needs_authentication = false,
             .may_change_links = false,
             .needs_facts = false,
             .speaks_for_node = true,
             .words_min = row.first_key + 1,
             .words_max = -1,
             .first_key = row.first_key,
             .last_key = -1,
             .key_step = 1,
             .in_twemproxy = row.in_twemproxy,
             .twemproxy_words_max = -1,
             .doc = row.doc,
             .family = {}},
            {.block_length_word = 0,
             .arguments = row.arguments,
             .last_word = LastWord::argument,
             .too_large_entails = {},
             .answers = row.answers,
             .remember = Remember::keys,
             .local = kNoLocalAnswer}};
}

// A word that the proxy knows and never forwards, whatever its arguments are. A data block behind
// it is dropped.
struct Refused {
    std::string_view name;
    std::int8_t block_length_word;
    std::string_view answer;
    std::string_view doc;
};

constexpr MemcacheRow refused(const Refused& row) {
    MemcacheRow result = keyless({.name = row.name,
                                  .route = Route::refused,
                                  .access = Access::none,
                                  .permission = Permission::always,
                                  .needs_facts = false,
                                  .words = at_least(1),
                                  .arguments = Arguments::any,
                                  .answers = kNoNodeAnswers,
                                  .merge = Merge::none,
                                  .local = says(row.answer),
                                  .in_twemproxy = false,
                                  .doc = row.doc});
    result.block_length_word = row.block_length_word;
    return result;
}

}  // namespace memcache_rows
}  // namespace ringside::protocol
