#include "completion.h"

#include "names.h"
#include "table.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace ringside::ctl {
namespace {

using base::Errc;
using base::Error;
using base::Expected;

// Nobody waits longer for a completion.
constexpr base::milliseconds kNamesLimit{1'000};

struct ShellScript {
    std::string_view shell;
    std::string_view text;
};

// Bash takes ':' and '=' for ends of words, so the words are those of the line, and what stands
// before the last such sign is cut off from the candidates.
constexpr auto kScripts = std::to_array<ShellScript>({
    {"bash", R"sh(# bash completion for ringctl; source it, or put it into bash_completion.d
_ringctl() {
    local line="${COMP_LINE:0:COMP_POINT}" words candidates candidate
    read -ra words <<< "$line"
    [[ "$line" == *[[:space:]] ]] && words+=("")
    local word="${words[-1]}" cut=""
    candidates="$("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)"
    [[ "$word" == *[:=]* ]] && cut="${word%"${word##*[:=]}"}"
    COMPREPLY=()
    if [[ "$candidates" == ":files" ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "${word#"$cut"}")
        return
    fi
    while IFS=$'\t' read -r candidate _; do
        [[ -n "$candidate" && "$candidate" == "$word"* ]] && COMPREPLY+=("${candidate#"$cut"}")
    done <<< "$candidates"
    [[ "${COMPREPLY[*]}" == *= ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -F _ringctl ringctl
)sh"},
    {"zsh", R"sh(#compdef ringctl
# zsh completion for ringctl; put it as _ringctl into a folder of $fpath
_ringctl() {
    local -a lines described
    local line
    lines=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ "${lines[1]}" == ":files" ]]; then
        _files
        return
    fi
    for line in "${lines[@]}"; do
        [[ -n "$line" ]] || continue
        described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    _describe ringctl described
}
if [[ "${funcstack[1]}" == "_ringctl" ]]; then
    _ringctl "$@"
else
    compdef _ringctl ringctl
fi
)sh"},
    {"fish", R"sh(# fish completion for ringctl; put it into ~/.config/fish/completions/ringctl.fish
function __ringctl_complete
    set -l typed (commandline -opc)
    set -l candidates ($typed[1] __complete $typed[2..-1] (commandline -ct) 2>/dev/null)
    if test "$candidates" = ":files"
        __fish_complete_path (commandline -ct)
        return
    end
    printf '%s\n' $candidates
end
complete -c ringctl -f -a '(__ringctl_complete)'
)sh"},
});

void add_choices(std::string_view choices, Candidates& candidates) {
    for (const std::string_view choice : words_of(choices)) {
        candidates.words.push_back({std::string(choice)});
    }
}

void add_names_of(const Expected<std::vector<std::string>>& names, Candidates& candidates) {
    if (!names) {
        return;
    }
    for (const std::string& name : *names) {
        candidates.words.push_back({name});
    }
}

// What is typed so far, as far as it is understood.
struct Typed {
    Options options = {};
    const Verb* verb = nullptr;

    std::string pool() const {
        const std::size_t place = verb != nullptr ? place_of(*verb, "POOL") : 0;
        return place != 0 && place < options.words.size() ? options.words[place] : std::string();
    }
};

void add_verbs(const Typed&, Candidates& candidates) {
    for (const Verb& verb : verbs()) {
        candidates.words.push_back({std::string(verb.name), std::string(verb.summary)});
    }
}

// What an operand or the argument of an option may be, by the word that stands for it.
struct ArgumentKind {
    std::string_view word;
    void (*add)(const Typed& typed, Candidates& candidates);
};
constexpr auto kArguments = std::to_array<ArgumentKind>({
    {"VERB", add_verbs},
    {"POOL",
     [](const Typed& typed, Candidates& candidates) {
         Api api(typed.options);
         add_names_of(pool_names(api), candidates);
     }},
    {"NODE",
     [](const Typed& typed, Candidates& candidates) {
         Api api(typed.options);
         add_names_of(node_names(api, typed.pool()), candidates);
     }},
    {"FILE", [](const Typed&, Candidates& candidates) { candidates.are_files = true; }},
    {"FORMAT",
     [](const Typed&, Candidates& candidates) { add_choices("table wide json yaml", candidates); }},
    {"LEVEL", [](const Typed&,
                 Candidates& candidates) { add_choices("debug info warn error", candidates); }},
    {"SHELL",
     [](const Typed&, Candidates& candidates) { add_choices("bash zsh fish", candidates); }},
});

void add_argument(std::string_view word, const Typed& typed, Candidates& candidates) {
    for (const ArgumentKind& kind : kArguments) {
        if (kind.word == word) {
            kind.add(typed, candidates);
        }
    }
}

// Of the operand that comes next.
void add_operand(const Typed& typed, Candidates& candidates) {
    const auto operands = words_of(typed.verb->operands);
    const std::size_t place = typed.options.words.size() - 1;
    if (place < operands.size()) {
        std::string_view word = operands[place];
        word = word.starts_with('[') ? word.substr(1, word.size() - 2) : word;
        add_argument(word, typed, candidates);
    }
}

void add_options(const Typed& typed, Candidates& candidates) {
    for (const OptionRow& option : option_rows()) {
        const bool is_taken = typed.verb != nullptr
                                  ? takes(*typed.verb, option)
                                  : option.scope == Scope::all || option.scope == Scope::alone;
        if (is_taken) {
            candidates.words.push_back({std::string(option.name), std::string(option.help)});
        }
    }
}

}  // namespace

Candidates complete(std::span<const char* const> typed_words, const Environment& environment) {
    Candidates candidates;
    const std::string_view last = typed_words.empty() ? "" : typed_words.back();
    auto before = typed_words.empty() ? typed_words : typed_words.first(typed_words.size() - 1);
    // The option whose argument is to be completed: "--output=y", or "--output" and then "y".
    const std::size_t head = last.starts_with("--") ? last.find('=') + 1 : 0;
    const OptionRow* option = nullptr;
    if (head > 0) {
        option = find_option(last.substr(0, head - 1));
    } else if (!before.empty()) {
        const OptionRow* const row = find_option(before.back());
        option = row != nullptr && row->needs_argument() ? row : nullptr;
        before = before.first(before.size() - (option != nullptr ? 1 : 0));
    }
    auto options = parse_options(before, environment);
    if (!options) {
        return candidates;  // what is wrong is said when it is run
    }
    Typed typed{.options = std::move(*options)};
    typed.options.timeout = kNamesLimit;
    typed.verb = typed.options.words.empty() ? nullptr : find_verb(typed.options.words.front());
    if (option != nullptr) {
        add_argument(option->argument, typed, candidates);
    } else if (last.starts_with('-')) {
        add_options(typed, candidates);
    } else if (typed.verb == nullptr) {
        add_verbs(typed, candidates);
    } else {
        add_operand(typed, candidates);
    }
    for (Candidate& candidate : candidates.words) {
        candidate.text.insert(0, last.substr(0, head));
    }
    std::erase_if(candidates.words,
                  [last](const Candidate& candidate) { return !candidate.text.starts_with(last); });
    return candidates;
}

std::string completion_lines(const Candidates& candidates) {
    if (candidates.are_files) {
        return ":files\n";
    }
    std::string lines;
    for (const Candidate& candidate : candidates.words) {
        lines += fmt::format("{}\t{}\n", printable(candidate.text), candidate.about);
    }
    return lines;
}

Expected<Shown> run_completion(Api&, const Options& options) {
    const std::string& shell = options.words[1];
    const auto script =
        std::find_if(kScripts.begin(), kScripts.end(),
                     [&shell](const ShellScript& row) { return row.shell == shell; });
    if (script == kScripts.end()) {
        return Error{Errc::invalid_argument,
                     fmt::format("'{}' is none of bash, zsh and fish", printable(shell))};
    }
    return Shown{std::string(script->text)};
}

}  // namespace ringside::ctl
