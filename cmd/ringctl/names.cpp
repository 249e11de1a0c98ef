#include "names.h"

#include "hints.h"
#include "http/uri.h"
#include "table.h"
#include "yaml.h"

#include <fmt/core.h>

#include <algorithm>

namespace ringside::ctl {
namespace {

using base::Errc;
using base::Error;
using base::Expected;
using http::Json;
using Names = std::vector<std::string>;

Names names_in(const Json& list) {
    Names names;
    for (const Json& each : list) {
        names.push_back(each.at("name").get<std::string>());
    }
    return names;
}

void print_note(std::string_view text) {
    fmt::print(stderr, "ringctl: {}\n", text);
}

}  // namespace

Expected<Names> pool_names(Api& api) {
    const auto pools = api.get("/pools");
    return pools ? Expected<Names>(names_in(pools->at("pools"))) : pools.error();
}

Expected<Names> node_names(Api& api, const std::string& pool) {
    const auto ring = api.get("/pools/" + http::percent_encode(pool) + "/ring?format=summary");
    return ring ? Expected<Names>(names_in(ring->at("nodes"))) : ring.error();
}

Expected<std::string> node_that_begins(const Names& nodes, const std::string& name) {
    const Names candidates = begin_with(name, nodes);
    if (candidates.size() > 1) {
        return Error{Errc::conflict, fmt::format("'{}' may be {}; type more of it", printable(name),
                                                 listed(candidates))};
    }
    if (candidates.empty() || candidates.front() == name) {
        return name;
    }
    print_note(fmt::format("'{}' is {}", printable(name), printable(candidates.front())));
    return candidates.front();
}

Expected<bool> resolve_node(Api& api, const Verb& verb, Options& options) {
    const std::size_t place = place_of(verb, "NODE");
    if (place == 0 || place >= options.words.size()) {
        return true;
    }
    const auto nodes = node_names(api, options.words[1]);
    if (!nodes && nodes.error().code == Errc::not_found) {
        return false;
    }
    if (!nodes) {
        return nodes.error();
    }
    std::string& word = options.words[place];
    auto name = node_that_begins(*nodes, word);
    if (!name) {
        return name.error();
    }
    word = std::move(*name);
    return std::find(nodes->begin(), nodes->end(), word) != nodes->end();
}

void print_hint(Api& api, const Verb& verb, const Options& options) {
    const auto say = [](const std::string& word, const Expected<Names>& known) {
        const std::string hint = known ? did_you_mean(word, *known) : std::string();
        if (!hint.empty()) {
            print_note(hint.substr(std::string_view("; ").size()));
        }
    };
    const std::size_t pool_place = place_of(verb, "POOL");
    if (pool_place == 0 || pool_place >= options.words.size()) {
        return;
    }
    const std::string& pool = options.words[pool_place];
    const auto pools = pool_names(api);
    if (!pools || std::find(pools->begin(), pools->end(), pool) == pools->end()) {
        say(pool, pools);
        return;
    }
    const std::size_t node_place = place_of(verb, "NODE");
    if (node_place != 0 && node_place < options.words.size()) {
        say(options.words[node_place], node_names(api, pool));
    }
}

Expected<Shown> run_names(Api& api, const Options& options) {
    const auto names =
        options.words.size() > 1 ? node_names(api, options.words[1]) : pool_names(api);
    if (!names) {
        return names.error();
    }
    if (options.view.is_data()) {
        return Shown{as_data(options.view, http::to_text(Json(*names)))};
    }
    std::string text;
    for (const std::string& name : *names) {
        text += printable(name) + "\n";
    }
    return Shown{text};
}

}  // namespace ringside::ctl
