// Command lines as tables: what --help prints and what the program accepts is one list.
//
//   constexpr auto kOptions = std::to_array<Option<Settings>>({
//       {"--clients", "N", "connections", [](Settings& s, std::string_view text) {
//            return parse_number(text, 1, 10'000, s.clients);
//        }},
//       {"--json", "", "print JSON", [](Settings& s, std::string_view) {
//            return switch_on(s.json);
//        }},
//   });
#pragma once

#include "base/expected.h"
#include "base/parse.h"

#include <fmt/core.h>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::base {

template <typename Settings>
struct Option {
    std::string_view name;      // "--clients"
    std::string_view argument;  // what follows it, as --help shows it; empty: nothing follows
    std::string_view help;
    Status (*apply)(Settings& settings, std::string_view argument);
    // Of a program whose first word is a verb: the only one that this says something to.
    std::string_view verb = {};
    char letter = '\0';  // 'f': -f is the same
};

// The building blocks of Option::apply.
template <std::unsigned_integral Number>
Status parse_number(std::string_view text, Number min, Number max, Number& number) {
    const auto parsed = parse_unsigned(text, min, max);
    if (!parsed) {
        return Error{Errc::invalid_argument,
                     fmt::format("'{}' is not a number from {} to {}", text, min, max)};
    }
    number = static_cast<Number>(*parsed);
    return Done{};
}

inline Status switch_on(bool& flag) {
    flag = true;
    return Done{};
}

inline Status take_text(std::string_view text, std::string& destination) {
    destination = text;
    return Done{};
}

// "--filename", or its letter as "-f"; null: there is none.
template <typename Settings>
const Option<Settings>* find_option(std::span<const Option<Settings>> options,
                                    std::string_view name) noexcept {
    const auto row = std::find_if(options.begin(), options.end(), [name](const auto& each) {
        const bool is_letter = name.size() == 2 && name[0] == '-' && each.letter == name[1];
        return each.name == name || is_letter;
    });
    return row == options.end() ? nullptr : &*row;
}

// Applies every option, written "--name value" or "--name=value", and returns the other words in
// their order. "--" ends the options. `words` are main()'s arguments without the program's name.
// An option of another verb than the one that is given is refused: it would say nothing.
template <typename Settings>
Expected<std::vector<std::string_view>> parse_command_line(
    std::span<const Option<Settings>> options, std::span<const char* const> words,
    Settings& settings) {
    std::vector<std::string_view> others;
    std::vector<const Option<Settings>*> of_verbs;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (word == "--") {
            others.insert(others.end(), words.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                          words.end());
            break;
        }
        const std::string_view name = word.substr(0, word.find('='));
        const Option<Settings>* const option = find_option(options, name);
        if (!word.starts_with("--") && option == nullptr) {
            others.push_back(word);
            continue;
        }
        if (option == nullptr) {
            return Error{Errc::invalid_argument, fmt::format("unknown option {}", name)};
        }
        const bool attached = name.size() < word.size();
        if (attached && option->argument.empty()) {
            return Error{Errc::invalid_argument, fmt::format("{} takes no value", name)};
        }
        std::string_view argument;
        if (attached) {
            argument = word.substr(name.size() + 1);
        } else if (!option->argument.empty()) {
            if (++i == words.size()) {
                return Error{Errc::invalid_argument,
                             fmt::format("{} needs {}", name, option->argument)};
            }
            argument = words[i];
        }
        if (const Status applied = option->apply(settings, argument); !applied) {
            return applied.error().in(name);
        }
        if (!option->verb.empty()) {
            of_verbs.push_back(option);
        }
    }
    for (const auto* option : of_verbs) {
        if (!others.empty() && others.front() != option->verb) {
            return Error{Errc::invalid_argument,
                         fmt::format("{} goes with {}", option->name, option->verb)};
        }
    }
    return others;
}

// One line per option, for --help.
template <typename Settings>
std::string help_lines(std::span<const Option<Settings>> options) {
    constexpr std::size_t kColumn = 24;
    std::string text;
    for (const auto& option : options) {
        const std::string letter = option.letter == '\0' ? "" : fmt::format("-{}, ", option.letter);
        const std::string left = fmt::format("  {}{} {}", letter, option.name, option.argument);
        fmt::format_to(std::back_inserter(text), "{:<{}} {}{}{}\n", left, kColumn, option.verb,
                       option.verb.empty() ? "" : ": ", option.help);
    }
    return text;
}

}  // namespace ringside::base
