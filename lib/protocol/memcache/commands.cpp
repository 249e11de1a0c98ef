// What must hold of every row of the table. The compiler checks it here, and makes nothing of it.
#include "protocol/memcache/commands.h"

#include <algorithm>

namespace ringside::protocol {
namespace {

constexpr bool holds_for_each(bool (*holds)(const MemcacheRow&)) {
    return std::all_of(kMemcacheCommands.begin(), kMemcacheCommands.end(), holds);
}

constexpr bool reaches_nodes(const MemcacheRow& row) {
    return row.route != Route::local && row.route != Route::refused;
}

constexpr bool has_local_answer(const MemcacheRow& row) {
    return !row.local.text.empty() || row.local.closes;
}

constexpr bool needs_one_key_only(const MemcacheRow& row) {
    return row.route == Route::by_key && row.words_min == 2 && row.block_length_word == 0;
}

constexpr bool is_wanted_line(const AnswerLine& line) {
    return line.text.empty() == (line.form == LineForm::number) && line.outcome != Outcome::error &&
           line.outcome != Outcome::failed;
}

static_assert(holds_for_each([](const MemcacheRow& row) {
                  return kMemcacheIndex.find(row.name) == &row;
              }),
              "names are unique");
static_assert(holds_for_each([](const MemcacheRow& row) {
                  return reaches_nodes(row) == (row.answers.shape != ReplyShape::none);
              }),
              "what reaches nodes has answers of theirs, and nothing else has");
static_assert(holds_for_each([](const MemcacheRow& row) {
                  return (row.answers.shape == ReplyShape::line) ==
                             (row.answers.lines.size() > 0) &&
                         std::all_of(row.answers.lines.begin(), row.answers.lines.end(),
                                     is_wanted_line);
              }),
              "one line is one of some, none of them an error");
static_assert(holds_for_each([](const MemcacheRow& row) {
                  const bool may_be_answered_here = !reaches_nodes(row) ||
                                                    row.permission != Permission::always ||
                                                    row.arguments == Arguments::refused;
                  return may_be_answered_here == has_local_answer(row);
              }),
              "the proxy has an answer to what it may have to answer, and to nothing else");
static_assert(holds_for_each([](const MemcacheRow& row) {
                  return row.local.text.empty() ||
                         row.local.text.ends_with("\r\n") != row.local.names_pool;
              }),
              "a local answer is a line, or becomes one by the pool's name");
static_assert(holds_for_each([](const MemcacheRow& row) {
                  return !row.local.names_pool || row.needs_facts;
              }),
              "the name of the pool is a fact");
static_assert(holds_for_each([](const MemcacheRow& row) {
                  const bool values = row.answers.shape == ReplyShape::values;
                  return values == (row.remember == Remember::keys) &&
                         values == (row.merge == Merge::values) &&
                         values == (row.route == Route::by_each_key) &&
                         (values || !row.answers.with_unique);
              }),
              "values are told apart by the keys that were asked for");
static_assert(holds_for_each([](const MemcacheRow& row) {
                  return (row.merge != Merge::none) ==
                         (row.route == Route::by_each_key || row.route == Route::every_node);
              }),
              "what has parts says how they become one");
static_assert(holds_for_each([](const MemcacheRow& row) {
                  const bool has_keys =
                      row.route == Route::by_key || row.route == Route::by_each_key;
                  return has_keys == (row.first_key > 0) && row.first_key < row.words_min &&
                         row.last_key == (row.route == Route::by_each_key ? -1 : row.first_key);
              }),
              "one key, or all words from the first on");
static_assert(holds_for_each([](const MemcacheRow& row) {
                  return row.block_length_word == 0 || row.route == Route::refused ||
                         (row.route == Route::by_key && row.block_length_word < row.words_min);
              }),
              "a block is the value of one key, and its length is not optional");
static_assert(holds_for_each([](const MemcacheRow& row) {
                  return (row.words_max > row.words_min) == (row.last_word != LastWord::argument);
              }),
              "only an optional word can be noreply");
static_assert(holds_for_each([](const MemcacheRow& row) {
                  // A null pointer, of no such row, cannot be followed here: that does not compile.
                  return row.too_large_entails.empty() ||
                         (row.block_length_word != 0 &&
                          needs_one_key_only(*kMemcacheIndex.find(row.too_large_entails)));
              }),
              "what a refused value entails needs a key and nothing else");

}  // namespace
}  // namespace ringside::protocol
