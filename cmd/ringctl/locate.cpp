#include "locate.h"

#include "fields.h"
#include "table.h"
#include "targets.h"
#include "yaml.h"

#include <fmt/core.h>

#include <iostream>
#include <string>

namespace ringside::ctl {
namespace {

using base::Expected;
using http::Json;

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
    return text + line("why", location.at("why").get<std::string>());
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
            exit_code = kExitRefused;
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
