#include "help.h"

#include "base/help_text.h"
#include "base/man_page.h"
#include "exit_code.h"
#include "hints.h"
#include "table.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <iterator>

namespace ringside::ctl {
namespace {

using base::Errc;
using base::Error;
using base::Expected;

constexpr std::size_t kLabelColumns = 22;
constexpr std::size_t kTextColumns = 98;

std::string usage(const Verb& verb) {
    return fmt::format("ringctl {}{}{} [options]", verb.name, verb.operands.empty() ? "" : " ",
                       verb.operands);
}

std::string label_of(const OptionRow& option) {
    return fmt::format("{}{}{}{}", option.letter == '\0' ? "" : fmt::format("-{}, ", option.letter),
                       option.name, option.needs_argument() ? " " : "", option.argument);
}

// The label, and beside it the text in lines of a terminal.
std::string entry(std::string_view label, std::string_view text) {
    std::string lines = fmt::format("  {:<{}}", label, kLabelColumns);
    std::size_t column = std::max(lines.size(), kLabelColumns + 2);
    for (const std::string_view word : words_of(text)) {
        if (column + 1 + word.size() > kTextColumns) {
            lines += "\n" + std::string(kLabelColumns + 2, ' ');
            column = kLabelColumns + 2;
        }
        fmt::format_to(std::back_inserter(lines), " {}", word);
        column += 1 + word.size();
    }
    return lines + "\n";
}

// Those of a scope; of a verb, those that it takes.
std::vector<const OptionRow*> options_of(std::initializer_list<Scope> scopes,
                                         const Verb* verb = nullptr) {
    std::vector<const OptionRow*> rows;
    for (const OptionRow& option : option_rows()) {
        const bool is_wanted =
            std::find(scopes.begin(), scopes.end(), option.scope) != scopes.end();
        if (is_wanted && (verb == nullptr || takes(*verb, option))) {
            rows.push_back(&option);
        }
    }
    return rows;
}

std::string option_entries(const std::vector<const OptionRow*>& rows) {
    std::string text;
    for (const OptionRow* const option : rows) {
        text += entry(label_of(*option), option->help);
    }
    return text;
}

std::string exit_code_entries() {
    std::string text;
    for (const ExitCode& row : kExitCodes) {
        text += fmt::format("  {}  {}\n", row.code, row.meaning);
    }
    return text;
}

std::string option_table(const std::vector<const OptionRow*>& rows) {
    std::string text = "| option | what it says |\n|---|---|\n";
    for (const OptionRow* const option : rows) {
        text += fmt::format("| `{}` | {} |\n", label_of(*option), base::table_cell(option->help));
    }
    return text;
}

// Options of its own, or of no group that the page has already.
std::vector<const OptionRow*> own_options(const Verb& verb) {
    return is_reader(verb) ? options_of({Scope::named}, &verb)
                           : options_of({Scope::named, Scope::asking, Scope::reading}, &verb);
}

std::string verb_section(const Verb& verb) {
    std::string text = fmt::format("\n### {}\n\n`{}`: {}.", verb.name, usage(verb), verb.summary);
    text += verb.details.empty() ? "\n" : fmt::format("\n{}\n", verb.details);
    // Those that read have all of these in common; others take some.
    const auto own = own_options(verb);
    text += own.empty() ? "" : "\n" + option_table(own);
    text += is_reader(verb) ? "\nIt takes the options of verbs that read.\n" : "";
    return text + fmt::format("\n```console\n{}\n```\n", verb.examples);
}

void append_options(base::ManPage& page, const std::vector<const OptionRow*>& rows) {
    for (const OptionRow* const option : rows) {
        page.entry(label_of(*option), fmt::format("{}.", option->help));
    }
}

void append_verb(base::ManPage& page, const Verb& verb) {
    page.subheading(usage(verb)).paragraph(fmt::format("{}.", verb.summary));
    if (!verb.details.empty()) {
        page.paragraph(verb.details);
    }
    append_options(page, own_options(verb));
    page.example(verb.examples);
}

}  // namespace

std::string help_text() {
    std::string text =
        "ringctl: looks into a running ringside, and moves nodes out of its ring and back.\n\n"
        "usage: ringctl VERB [operands] [options]\n";
    for (const auto& [group, title] : kGroups) {
        text += fmt::format("\n{}\n", title);
        for (const Verb& verb : verbs()) {
            if (verb.group == group) {
                text += entry(fmt::format("{} {}", verb.name, verb.operands), verb.summary);
            }
        }
    }
    return text + "\nOptions\n" +
           option_entries(options_of({Scope::all, Scope::alone, Scope::asking, Scope::reading})) +
           "\nExit codes\n" + exit_code_entries() +
           "\nringctl help VERB has the options of one verb, and examples.\n";
}

std::string verb_help(const Verb& verb) {
    std::string text =
        fmt::format("ringctl {}: {}\n\nusage: {}\n", verb.name, verb.summary, usage(verb));
    if (!verb.details.empty()) {
        text += fmt::format("\n{}\n", verb.details);
    }
    if (const auto own = options_of({Scope::named, Scope::asking, Scope::reading}, &verb);
        !own.empty()) {
        text += "\nOptions\n" + option_entries(own);
    }
    return text + "\nOptions of all verbs\n" + option_entries(options_of({Scope::all})) +
           "\nExamples\n" + base::indented(verb.examples);
}

std::string help_document() {
    std::string text =
        "# ringctl\n\n"
        "<!-- Generated from cmd/ringctl/verbs.cpp and options.cpp by `ringctl --print-docs`; a "
        "test compares. -->\n\n"
        "The admin API of a running ringside ([ADMIN_API.md](ADMIN_API.md)) on the command "
        "line.\n\n"
        "- It asks `--admin` or `$RINGCTL_ADMIN`; with `--pid` that process, wherever it listens; "
        "else\n  127.0.0.1:22221; and if nobody answers there the only ringside that is running "
        "on this machine.\n  Of several it says which one it asks, or names them and asks to "
        "choose.\n"
        "- Options may stand before the verb, behind it and among its operands; `--` ends them.\n"
        "- NODE may be the beginning of a name that no other node of the pool has.\n"
        "- Tables have colours on a terminal, unless `NO_COLOR` is set. `-o json` is the API's "
        "answer.\n"
        "- With `--watch` a terminal shows the last reading; elsewhere they follow each other, "
        "with `---`\n  between two of `-o yaml`.\n\n"
        "## Exit codes\n\n| code | meaning |\n|---|---|\n";
    for (const ExitCode& row : kExitCodes) {
        text += fmt::format("| {} | {} |\n", row.code, row.meaning);
    }
    text += "\n## Options of all verbs\n\n" + option_table(options_of({Scope::all})) +
            "\n## Options of verbs that read\n\n" +
            option_table(options_of({Scope::asking, Scope::reading}));
    for (const auto& [group, title] : kGroups) {
        text += fmt::format("\n## {}\n", title);
        for (const Verb& verb : verbs()) {
            text += verb.group == group ? verb_section(verb) : "";
        }
    }
    return text;
}

std::string manual() {
    base::ManPage page("ringctl", "1", RINGSIDE_VERSION,
                       "looks into a running ringside, and moves nodes out of its ring and back");
    page.heading("SYNOPSIS").paragraph("`ringctl` VERB [operands] [options]");
    page.heading("DESCRIPTION")
        .paragraph(
            "The admin API of a running `ringside`(1) on the command line. Options may stand "
            "before "
            "the verb, behind it and among its operands. NODE may be the beginning of a name that "
            "no other node of the pool has.")
        .heading("OPTIONS")
        .subheading("Of all verbs");
    append_options(page, options_of({Scope::all, Scope::alone}));
    page.subheading("Of verbs that read");
    append_options(page, options_of({Scope::asking, Scope::reading}));
    for (const auto& [group, title] : kGroups) {
        page.heading(title);
        for (const Verb& verb : verbs()) {
            if (verb.group == group) {
                append_verb(page, verb);
            }
        }
    }
    page.heading("EXIT STATUS");
    for (const ExitCode& row : kExitCodes) {
        page.entry(fmt::format("{}", row.code), fmt::format("{}.", row.meaning));
    }
    page.heading("SEE ALSO").paragraph("`ringside`(1), `ringside.yml`(5)");
    return page.text();
}

Expected<Shown> run_help(Api&, const Options& options) {
    if (options.words.size() < 2) {
        return Shown{help_text()};
    }
    const std::string& name = options.words[1];
    if (const Verb* const verb = find_verb(name)) {
        return Shown{verb_help(*verb)};
    }
    std::vector<std::string> names;
    for (const Verb& verb : verbs()) {
        names.emplace_back(verb.name);
    }
    return Error{Errc::invalid_argument, fmt::format("there is no verb '{}'{}", printable(name),
                                                     did_you_mean(name, names))};
}

}  // namespace ringside::ctl
