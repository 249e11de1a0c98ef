#include "app/manual.h"

#include "app/option_rows.h"
#include "base/man_page.h"

#include <fmt/core.h>

#include <string_view>

namespace ringside::app {
namespace {

struct Entry {
    std::string_view label;
    std::string_view text;
};

constexpr auto kSignals = std::to_array<Entry>({
    {"SIGTERM, SIGINT, SIGQUIT",
     "End: who is there is served for `drain.grace`, what has arrived is answered within "
     "`drain.limit`. A second one ends it at once."},
    {"SIGHUP",
     "The log file is opened anew, and the configuration loaded; a wrong one changes nothing."},
    {"SIGTTIN, SIGTTOU", "More is logged, and less."},
});

constexpr auto kServiceVariables = std::to_array<Entry>({
    {"NOTIFY_SOCKET",
     "Where a service manager wants to be told that it is ready, loads its configuration, ends, "
     "and how "
     "it fares."},
    {"WATCHDOG_USEC, WATCHDOG_PID", "How often the manager wants a sign of life."},
});

constexpr auto kFiles = std::to_array<Entry>({
    {"/etc/ringside/ringside.yml", "The configuration, unless another one is named."},
});

constexpr auto kExitCodes = std::to_array<Entry>({
    {"0", "It was told to end, or has done what it was asked for."},
    {"1", "It could not; standard error or the log says why in one line."},
});

template <std::size_t kSize>
void append(base::ManPage& page, std::string_view heading,
            const std::array<Entry, kSize>& entries) {
    page.heading(heading);
    for (const Entry& entry : entries) {
        page.entry(entry.label, entry.text);
    }
}

std::string label_of(const OptionRow& row) {
    return fmt::format("{}--{}{}{}", row.letter == 0 ? "" : fmt::format("-{}, ", row.letter),
                       row.name, row.argument == nullptr ? "" : " ",
                       row.argument == nullptr ? "" : row.argument);
}

std::string text_of(const OptionRow& row) {
    std::string text = fmt::format("{}.", row.help);
    if (row.default_text != nullptr) {
        text += fmt::format(" Default: {}.", row.default_text);
    }
    if (row.environment != nullptr) {
        text += fmt::format(" Environment: `{}`.", row.environment);
    }
    return text;
}

}  // namespace

std::string manual() {
    base::ManPage page("ringside", "1", RINGSIDE_VERSION, "a cache proxy for memcached and Redis");
    page.heading("SYNOPSIS").paragraph("`ringside` [options]");
    for (const Command& command : kCommands) {
        page.paragraph(fmt::format("`ringside {}` [options]", command.name));
    }
    page.heading("DESCRIPTION")
        .paragraph(
            "Clients speak memcached or Redis to it with what they already have; it knows the "
            "nodes "
            "behind, and places keys on them as twemproxy (`nutcracker`(8)) does, whose "
            "configuration "
            "it reads. Called `nutcracker`, by a link, it takes that program's place.")
        .heading("COMMANDS");
    for (const Command& command : kCommands) {
        page.entry(command.name, fmt::format("{}.", command.help));
    }
    page.heading("OPTIONS").paragraph(
        "The command line goes before the environment, and this before the file.");
    for (const OptionRow& row : kOptionRows) {
        page.entry(label_of(row), text_of(row));
    }
    append(page, "SIGNALS", kSignals);
    append(page, "ENVIRONMENT", kServiceVariables);
    append(page, "FILES", kFiles);
    append(page, "EXIT STATUS", kExitCodes);
    page.heading("SEE ALSO").paragraph("`ringside.yml`(5), `ringctl`(1)");
    return page.text();
}

}  // namespace ringside::app
