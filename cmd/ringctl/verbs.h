// What ringctl can do: one row per verb. Help, docs/RINGCTL.md, completion and what the command
// line accepts are made of these rows.
#pragma once

#include "api.h"
#include "options.h"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::ctl {

enum class Group : std::uint8_t { fares, keys, steer, inside, itself };

struct GroupRow {
    Group group;
    std::string_view title;
};

// In the order of the help.
inline constexpr auto kGroups = std::to_array<GroupRow>({
    {Group::fares, "How it fares"},
    {Group::keys, "Where keys live"},
    {Group::steer, "Steering"},
    {Group::inside, "Inside the process"},
    {Group::itself, "ringctl itself"},
});

enum class Way : std::uint8_t {
    reads,    // and can be asked again: -o, --watch and --count
    repeats,  // the same, and watches by itself
    once,     // changes something, or has one answer: -o
    offline,  // asks nobody
};

// What a verb leaves to be printed, and what it means for scripts.
struct Shown {
    std::string text;
    int exit_code = kExitOk;
    bool is_unknown = false;  // a pool or node that was named does not exist
};

struct Verb {
    std::string_view name;
    std::string_view operands = {};  // "POOL [NODE]"
    std::string_view options = {};   // its own, with blanks between them: "--for --force"
    Group group;
    Way way;
    std::string_view summary;       // behind the name in the list of all
    std::string_view details = {};  // sentences
    // A line each, with a remark behind '#'.
    std::string_view examples;

    // Either a route and how its answer is shown to people,
    http::Method method = http::Method::get;
    std::string (*target)(const Options& options) = nullptr;
    std::string (*render)(const std::string& body, const View& view) = nullptr;
    // and, where that is plain text, the route that has it for programs,
    std::string_view data_target = {};
    // and what the answer means for scripts, if not that of its status;
    int (*judge)(const http::Response& response) = nullptr;
    // or work. Throws nlohmann::json::exception if an answer is not what docs/ADMIN_API.md says.
    base::Expected<Shown> (*work)(Api& api, const Options& options) = nullptr;
};

std::span<const Verb> verbs() noexcept;

// Null: there is none.
const Verb* find_verb(std::string_view name) noexcept;

// Whether it can be asked again and again.
bool is_reader(const Verb& verb) noexcept;

bool takes(const Verb& verb, const OptionRow& option) noexcept;

// The words of a row's `operands` or `options`.
std::vector<std::string_view> words_of(std::string_view text);

// Of "POOL [NODE]" 1 have to be given, and at most 2.
struct OperandCount {
    std::size_t min = 0, max = 0;
};
OperandCount count_operands(const Verb& verb);

// Where the operand stands in Options::words, which begin with the verb; 0: it takes none.
std::size_t place_of(const Verb& verb, std::string_view operand);

}  // namespace ringside::ctl
