#include "drain.h"

#include "fields.h"
#include "render.h"
#include "table.h"
#include "targets.h"
#include "terminal.h"
#include "yaml.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>

namespace ringside::ctl {
namespace {

using base::Expected;
using http::Json;

// The answer has all nodes of the pool.
constexpr base::milliseconds kInterval{300};

// The node by its name; null: it is not listed.
const Json* find_node(const Json& pool, const std::string& name) {
    const Json& nodes = pool.at("nodes");
    const auto node = std::find_if(nodes.begin(), nodes.end(),
                                   [&name](const Json& each) { return each.at("name") == name; });
    return node == nodes.end() ? nullptr : &*node;
}

// "node-1 still has 3 links, with 2 requests".
std::string what_is_left(const std::string& name, const Json& node) {
    const Json& counts = node.at("metrics");
    const auto of = [&counts](const char* metric) { return counts.at(metric).get<std::int64_t>(); };
    return printable(fmt::format("{} still has {}, with {}", name,
                                 counted(of("server_connections"), "link"),
                                 counted(of("in_queue") + of("out_queue"), "request")));
}

Shown end_with(std::string_view message) {
    fmt::print(stderr, "ringctl: {}\n", printable(message));
    return {"", kExitRefused};
}

Expected<Shown> wait_until_drained(Api& api, const Options& options) {
    const std::string& name = options.words[2];
    const base::TimePoint end = base::Clock::now() + *options.wait;
    ProgressLine progress;
    for (;;) {
        const auto pool = api.get(pool_path(options));
        if (!pool) {
            return pool.error();
        }
        const base::Duration left = end - base::Clock::now();
        const Json* const node = find_node(*pool, name);
        if (node == nullptr || node->at("drained").is_null()) {
            progress.clear();
            return end_with(fmt::format("{} is not drained any more: {}", name,
                                        node == nullptr ? "it has left the list of nodes"
                                                        : text_or_dash(node->at("state"))));
        }
        // A worker that has not heard of it yet may still connect.
        if (node->at("drained").get<bool>() && pool->at("converged").get<bool>()) {
            // Programs have had their document, and the exit code says it.
            return Shown{options.view.is_data()
                             ? std::string()
                             : printable(name) + " is drained: no link to it is left\n"};
        }
        if (left <= base::Duration::zero()) {
            progress.clear();
            return end_with(what_is_left(name, *node) +
                            "; it stays drained, and may be waited for again");
        }
        progress.show(fmt::format("{}; waiting for {}s more", what_is_left(name, *node),
                                  std::chrono::ceil<base::seconds>(left).count()));
        std::this_thread::sleep_for(std::min<base::Duration>(kInterval, left));
    }
}

}  // namespace

Expected<Shown> run_drain(Api& api, const Options& options) {
    const auto answer = api.fetch(drain_target(options), http::Method::post);
    if (!answer) {
        return answer.error();
    }
    const bool is_data = options.view.is_data();
    const std::string text =
        is_data ? as_data(options.view, *answer) : render_ejection(*answer, options.view);
    if (!options.wait) {
        return Shown{text};
    }
    fmt::print("{}", text);
    std::fflush(stdout);
    return wait_until_drained(api, options);
}

}  // namespace ringside::ctl
