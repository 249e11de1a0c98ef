#include "what_if.h"

#include "config/what_if.h"
#include "names.h"
#include "pool_list.h"
#include "routing/fingerprint.h"
#include "routing/moved_keys.h"
#include "table.h"
#include "targets.h"
#include "yaml.h"

#include <fmt/format.h>

#include <algorithm>
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
using http::Json;

constexpr double kPercent = 100;
// As many as the admin API shows.
constexpr std::size_t kFlowsMax = 32;

Json name_or_null(const std::string& name) {
    return name.empty() ? Json(nullptr) : Json(name);
}

Json ring_object(const routing::Pool& pool) {
    const auto in_ring = std::count_if(
        pool.nodes.begin(), pool.nodes.end(),
        [](const routing::PoolNode& each) { return each.state == routing::NodeState::in_ring; });
    return {{"node_count", pool.nodes.size()},
            {"nodes_in_ring", in_ring},  // a file ejects none, a wish may
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
                                                            .weight = options.what_if.weight,
                                                            .eject = options.what_if.eject,
                                                            .restore = options.what_if.restore});
    if (!after) {
        return after.error();
    }
    return answer_of(*found->pool, **after);
}

// Whole names of nodes instead of their beginnings.
base::Status resolve_names(Api& api, Options& options) {
    WhatIfOptions& wish = options.what_if;
    if (wish.remove.empty() && wish.eject.empty() && wish.restore.empty() && wish.weight.empty()) {
        return base::Done{};
    }
    const auto nodes = node_names(api, options.words[1]);
    if (!nodes) {
        return nodes.error();
    }
    for (std::vector<std::string>* const list : {&wish.remove, &wish.eject, &wish.restore}) {
        for (std::string& name : *list) {
            auto whole = node_that_begins(*nodes, name);
            if (!whole) {
                return whole.error();
            }
            name = std::move(*whole);
        }
    }
    for (std::string& text : wish.weight) {  // NODE:WEIGHT
        const std::size_t colon = text.rfind(':');
        if (colon == std::string::npos) {
            continue;  // the API says what is wrong
        }
        const auto whole = node_that_begins(*nodes, text.substr(0, colon));
        if (!whole) {
            return whole.error();
        }
        text = *whole + text.substr(colon);
    }
    return base::Done{};
}

Expected<Json> ask_proxy(Api& api, const Options& asked) {
    Options options = asked;
    if (const base::Status resolved = resolve_names(api, options); !resolved) {
        return resolved.error();
    }
    return api.get(what_if_target(options));
}

std::string name_of(const Json& node) {
    return node.is_null() ? "no node" : node.get<std::string>();
}

std::string text_of(const Json& answer, const View& view) {
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
    fmt::format_to(
        out, "nodes in the ring  {} -> {}\nfingerprint        {} -> {}\n",
        before.at("nodes_in_ring").get<std::size_t>(), after.at("nodes_in_ring").get<std::size_t>(),
        before.at("fingerprint").get<std::string>(), after.at("fingerprint").get<std::string>());
    if (answer.at("flows").empty()) {
        return text;
    }
    Table table({"FROM", "TO", "OF ALL KEYS"}, view);
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

std::string render_what_if(const std::string& body, const View& view) {
    return text_of(Json::parse(body), view);
}

Expected<Shown> run_what_if(Api& api, const Options& options) {
    auto answer = options.what_if.config.empty() ? ask_proxy(api, options)
                                                 : ask_file(options, options.words[1]);
    if (!answer) {
        return answer.error();
    }
    return Shown{options.view.is_data() ? as_data(options.view, http::to_text(*answer))
                                        : text_of(*answer, options.view)};
}

}  // namespace ringside::ctl
