#include "locate.h"

#include "fields.h"
#include "table.h"
#include "targets.h"
#include "yaml.h"

#include <fmt/core.h>

#include <algorithm>
#include <iostream>
#include <string>

namespace ringside::ctl {
namespace {

using base::Expected;
using http::Json;

// "in_ring", "ejected_by_operator: drained by the operator, until restored".
std::string standing_of(const Json& owner) {
    const auto reason = owner.at("reason").get<std::string>();
    return owner.at("state").get<std::string>() + (reason.empty() ? "" : ": " + reason);
}

// How the node is now, and who would have the key without it.
std::string render_owners(const Json& location) {
    std::string text;
    if (const Json& owner = location.at("owner"); !owner.is_null()) {
        text += line("state", standing_of(owner));
        text += line("in flight", number(owner.at("in_flight")));
        const Json& failure = owner.at("last_failure");
        text += failure.is_null()
                    ? line("last failure", "-")
                    : line("last failure", fmt::format("{} (at {})", failure.get<std::string>(),
                                                       text_or_dash(owner.at("last_failure_at"))));
        if (!owner.at("failing_since").is_null()) {
            text += line("failing since", owner.at("failing_since").get<std::string>());
        }
    }
    for (const Json& next : location.at("next_owners")) {
        text += line("next owner",
                     fmt::format("{} ({}), {}", next.at("name").get<std::string>(),
                                 next.at("address").get<std::string>(), standing_of(next)));
    }
    return text;
}

std::string render_location(const Json& location) {
    std::string text = line("key", location.at("key").get<std::string>());
    if (location.at("hashed_part") != location.at("key")) {
        text += line("hashed part", location.at("hashed_part").get<std::string>());
    }
    text += line("node", text_or_dash(location.at("node")));
    text += line("address", text_or_dash(location.at("address")));
    text += line("hash", fmt::format("{} ({})", text_or_dash(location.at("hash")),
                                     text_or_dash(location.at("hash_function"))));
    text += line("point", text_or_dash(location.at("point")));
    text += line("why", location.at("why").get<std::string>());
    return text + render_owners(location);
}

// One request per key on one connection.
Expected<Shown> locate_lines(Api& api, const Options& options) {
    int exit_code = kExitOk;
    for (std::string key; std::getline(std::cin, key);) {
        const auto response = api.send(http::Method::get, locate_target(options, key));
        if (!response) {
            return response.error();
        }
        if (response->status >= kStatusErrorsBegin) {
            fmt::print(stderr, "ringctl: {}: {}\n", printable(key), error_message(response->body));
            exit_code = std::max(exit_code, exit_code_of_status(response->status));
            continue;
        }
        const Json node = Json::parse(response->body).at("node");
        fmt::print("{}\t{}\n", key, node.is_null() ? std::string() : node.get<std::string>());
    }
    return Shown{"", exit_code};
}

}  // namespace

Expected<Shown> run_locate(Api& api, const Options& options) {
    if (options.from_stdin) {
        return locate_lines(api, options);
    }
    const auto answer = api.get(locate_target(options, options.words[2]));
    if (!answer) {
        return answer.error();
    }
    return Shown{options.view.is_data() ? as_data(options.view, http::to_text(*answer))
                                        : render_location(*answer)};
}

}  // namespace ringside::ctl
