// What ringside-injector can do: one row per verb. Help, docs/INJECTOR.md and what the command line
// accepts are made of these rows.
#pragma once

#include "options.h"

#include <span>
#include <string_view>

namespace ringside::injector {

struct Verb {
    std::string_view name;
    std::string_view operands = {};
    std::string_view summary;       // behind the name in the list of all
    std::string_view details = {};  // sentences
    std::string_view examples;      // a line each, with a remark behind '#'
    std::span<const OptionRow> (*options)() noexcept = nullptr;  // null: it takes none
    // Prints what there is to be printed; returns the exit code.
    int (*run)(const Options& options);
};

std::span<const Verb> verbs() noexcept;

// Null: there is none.
const Verb* find_verb(std::string_view name) noexcept;

}  // namespace ringside::injector
