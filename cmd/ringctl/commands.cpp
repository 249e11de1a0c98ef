#include "commands.h"

#include "api.h"
#include "exit_code.h"
#include "help.h"
#include "hints.h"
#include "names.h"
#include "render.h"
#include "table.h"
#include "verbs.h"
#include "watch.h"
#include "yaml.h"

#include <fmt/core.h>

#include <string>
#include <utility>
#include <vector>

namespace ringside::ctl {
namespace {

using base::Done;
using base::Errc;
using base::Error;
using base::Expected;
using base::Status;
using http::Method;
using http::Response;

int fail(int exit_code, std::string_view message) {
    fmt::print(stderr, "ringctl: {}\n", message);
    return exit_code;
}

// "eject and restore", for messages.
std::string verbs_that_take(const OptionRow& option) {
    std::vector<std::string> names;
    for (const Verb& verb : verbs()) {
        if (takes(verb, option)) {
            names.emplace_back(verb.name);
        }
    }
    return listed(names);
}

// An option of another verb would say nothing.
Status check_options(const Verb& verb, const Options& options) {
    for (const OptionRow* const option : options.given) {
        if (!takes(verb, *option)) {
            return Error{Errc::invalid_argument,
                         fmt::format("{} goes with {}, not with {}", option->name,
                                     verbs_that_take(*option), verb.name)};
        }
    }
    if (options.count && !options.watch && verb.way == Way::reads) {
        return Error{Errc::invalid_argument, "--count goes with --watch"};
    }
    return Done{};
}

Status check_operands(const Verb& verb, const Options& options) {
    const OperandCount wanted = count_operands(verb);
    // The last one of them, and more, come from there.
    const std::size_t given = options.words.size() - 1 + (options.from_stdin ? 1 : 0);
    if (given < wanted.min || given > wanted.max) {
        return Error{Errc::invalid_argument,
                     fmt::format("usage: ringctl {} {}; see ringctl help {}", verb.name,
                                 verb.operands, verb.name)};
    }
    return Done{};
}

Shown show(const Verb& verb, const View& view, const Response& response) {
    const bool is_refused = response.status >= kStatusErrorsBegin;
    const int exit_code =
        verb.judge != nullptr ? verb.judge(response) : exit_code_of_status(response.status);
    if (view.is_data()) {
        return {as_data(view, response.body), exit_code};
    }
    if (is_refused && !response.content_type.starts_with("text/plain")) {
        fail(exit_code, error_message(response.body));
        return {"", exit_code};
    }
    return {verb.render(response.body, view), exit_code};
}

Expected<Shown> ask(const Verb& verb, Api& api, const Options& options) {
    const auto response = api.send(verb.method, verb.target(options));
    if (!response) {
        return response.error();
    }
    Shown shown = show(verb, options.view, *response);
    shown.is_unknown = response->status == kStatusNotFound;
    if (options.view.is_data() && !verb.data_target.empty()) {
        const auto data = api.fetch(verb.data_target);
        if (!data) {
            return data.error();
        }
        shown.text = as_data(options.view, *data);
    }
    return shown;
}

// One reading, printed. `is_known`: the names are, as far as they were looked up before.
int read_once(const Verb& verb, Api& api, const Options& options, bool is_known, Watch& watch) {
    auto shown = verb.work != nullptr ? verb.work(api, options) : ask(verb, api, options);
    if (!shown) {
        const int exit_code = fail(api.exit_code(), shown.error().message);
        shown = Shown{"", exit_code, shown.error().code == Errc::not_found};
    } else {
        watch.show(shown->text);
    }
    if (shown->is_unknown || !is_known) {
        print_hint(api, verb, options);
    }
    return shown->exit_code;
}

int run_verb(const Verb& verb, Options options) {
    Api api(options);
    const auto is_known = resolve_node(api, verb, options);
    if (!is_known) {
        return fail(api.exit_code(), is_known.error().message);
    }
    Watch watch(options, options.watch && verb.way == Way::reads);
    int exit_code = kExitOk;
    do {
        exit_code = read_once(verb, api, options, *is_known, watch);
    } while (watch.wait_for_next());
    return exit_code;
}

}  // namespace

int run_command(const Options& options) {
    if (options.words.empty()) {
        return fail(kExitFailed, "nothing to do; see ringctl --help");
    }
    const std::string& name = options.words.front();
    const Verb* const verb = find_verb(name);
    if (verb == nullptr) {
        std::vector<std::string> names;
        for (const Verb& row : verbs()) {
            names.emplace_back(row.name);
        }
        return fail(kExitFailed, fmt::format("unknown command '{}'{}; see ringctl --help",
                                             printable(name), did_you_mean(name, names)));
    }
    if (options.help) {
        fmt::print("{}", verb_help(*verb));
        return kExitOk;
    }
    for (const Status& checked : {check_options(*verb, options), check_operands(*verb, options)}) {
        if (!checked) {
            return fail(kExitFailed, checked.error().message);
        }
    }
    try {
        return run_verb(*verb, options);
    } catch (const http::Json::exception& error) {
        return fail(kExitFailed, fmt::format("not an answer of the admin API: {}", error.what()));
    }
}

}  // namespace ringside::ctl
