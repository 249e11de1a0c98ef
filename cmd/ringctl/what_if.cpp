#include "what_if.h"

#include "api.h"
#include "config/what_if.h"
#include "exit_code.h"
#include "http/uri.h"
#include "pool_list.h"
#include "render.h"
#include "routing/fingerprint.h"
#include "routing/moved_keys.h"
#include "table.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::ctl {
namespace {

using base::Errc;
using base::Error;
using base::Expected;
using Json = nlohmann::ordered_json;

constexpr double kPercent = 100;
constexpr int kIndent = 2;
// As many as the admin API shows.
constexpr std::size_t kFlowsMax = 32;

Json name_or_null(const std::string& name) {
    return name.empty() ? Json(nullptr) : Json(name);
}

Json ring_object(const routing::Pool& pool) {
    return {{"nodes", pool.nodes.size()},
            {"nodes_in_ring", pool.nodes.size()},  // a file ejects none
            {"fingerprint", routing::to_hex(routing::fingerprint(pool))}};
}

// In the form of the admin API's answer.
Json answer_of(const routing::Pool& before, const routing::Pool& after) {
    const auto moved = routing::moved_keys(before, after, kFlowsMax);
    Json flows = Json::array();
    for (const routing::KeyFlow& flow : moved ? moved->flows : std::vector<routing::KeyFlow>()) {
        flows.push_back({{"from", name_or_null(flow.from)},
                         {"to", name_or_null(flow.to)},
                         {"percent", flow.share * kPercent}});
    }
    return {{"pool", before.name},
            {"before", ring_object(before)},
            {"after", ring_object(after)},
            {"moved_percent", moved ? Json(moved->share * kPercent) : Json(nullptr)},
            {"moved_by", moved ? Json(to_string(moved->by)) : Json(nullptr)},
            {"flows", std::move(flows)},
            {"flows_left_out", moved ? moved->flows_left_out : 0}};
}

Expected<Json> ask_file(const Options& options, const std::string& name) {
    const auto list = pools_of_file(options.what_if.config);
    if (!list) {
        return list.error();
    }
    const ListedPool* const found = list->find(name);
    if (found == nullptr) {
        return Error{Errc::not_found, fmt::format("there is no pool '{}' in {}", printable(name),
                                                  options.what_if.config)};
    }
    if (found->pool == nullptr) {
        return Error{Errc::conflict,
                     fmt::format("{}: {}; without --config the running proxy is asked",
                                 printable(name), found->reason)};
    }
    const auto after = config::pool_as_asked(*found->pool, {.add = options.what_if.add,
                                                            .remove = options.what_if.remove,
                                                            .weight = options.what_if.weight});
    if (!after) {
        return after.error();
    }
    return answer_of(*found->pool, **after);
}

std::string target(const Options& options, const std::string& name) {
    std::string text = fmt::format("/pools/{}/what-if", http::percent_encode(name));
    char separator = '?';
    const auto add = [&text, &separator](std::string_view key,
                                         const std::vector<std::string>& values) {
        for (const std::string& value : values) {
            text += fmt::format("{}{}={}", std::exchange(separator, '&'), key,
                                http::percent_encode(value));
        }
    };
    add("add", options.what_if.add);
    add("remove", options.what_if.remove);
    add("weight", options.what_if.weight);
    return text;
}

std::string name_of(const Json& node) {
    return node.is_null() ? "no node" : node.get<std::string>();
}

std::string text_of(const Json& answer) {
    const Json& before = answer.at("before");
    const Json& after = answer.at("after");
    std::string text;
    const auto out = std::back_inserter(text);
    if (answer.at("moved_percent").is_null()) {
        fmt::format_to(out, "pool {}: no key has a home, so none moves\n",
                       printable(answer.at("pool").get<std::string>()));
    } else {
        fmt::format_to(out, "pool {}: {}{:.2f} % of the keys would live on another node\n",
                       printable(answer.at("pool").get<std::string>()),
                       answer.at("moved_by") == "samples" ? "about " : "",
                       answer.at("moved_percent").get<double>());
    }
    fmt::format_to(out, "nodes        {} -> {}\nfingerprint  {} -> {}\n",
                   before.at("nodes").get<std::size_t>(), after.at("nodes").get<std::size_t>(),
                   before.at("fingerprint").get<std::string>(),
                   after.at("fingerprint").get<std::string>());
    if (answer.at("flows").empty()) {
        return text;
    }
    Table table({"FROM", "TO", "OF ALL KEYS"});
    for (const Json& flow : answer.at("flows")) {
        table.add({name_of(flow.at("from")), name_of(flow.at("to")),
                   fmt::format("{:.2f} %", flow.at("percent").get<double>())});
    }
    text += "\n" + table.text();
    if (const auto left_out = answer.at("flows_left_out").get<std::size_t>(); left_out > 0) {
        fmt::format_to(out, "and {} smaller ones\n", left_out);
    }
    return text;
}

}  // namespace

std::string render_what_if(const std::string& body) {
    return text_of(Json::parse(body));
}

Expected<int> run_what_if(const Options& options) {
    const std::string& name = options.words[1];
    if (!options.what_if.config.empty()) {
        const auto answer = ask_file(options, name);
        if (!answer) {
            return answer.error();
        }
        fmt::print("{}", options.json ? answer->dump(kIndent) + "\n" : text_of(*answer));
        return kExitOk;
    }
    Api api(options);
    const auto response = api.send(http::Method::get, target(options, name));
    if (!response) {
        return response.error();
    }
    if (response->status >= kStatusErrorsBegin) {
        fmt::print(stderr, "ringctl: {}\n", error_message(response->body));
        return kExitRefused;
    }
    fmt::print("{}",
               options.json ? render_plain(response->body) : text_of(Json::parse(response->body)));
    return kExitOk;
}

}  // namespace ringside::ctl
