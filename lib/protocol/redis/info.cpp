// INFO: the proxy and the pool in Redis's format.
#include "protocol/redis/keys.h"
#include "protocol/redis/local.h"
#include "protocol/redis/resp.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>

namespace ringside::protocol {
namespace {

struct Section {
    std::string_view name;  // in upper case
    void (*append)(const ProxyFacts& facts, std::string& text);
};

// The names of Redis, where there is one for a fact: clients and dashboards look for them.
constexpr auto kSections = std::to_array<Section>({
    {"SERVER",
     [](const ProxyFacts& facts, std::string& text) {
         fmt::format_to(std::back_inserter(text),
                        "# Server\r\nredis_version:{}\r\nredis_mode:standalone\r\n"
                        "ringside_version:{}\r\nprocess_id:{}\r\nserver_time_usec:{}\r\n"
                        "uptime_in_seconds:{}\r\nuptime_in_days:{}\r\nio_threads:{}\r\n",
                        kRedisVersion, facts.version, facts.pid, facts.unix_time.count(),
                        facts.uptime.count(), facts.uptime.count() / (24 * 60 * 60), facts.workers);
     }},
    {"CLIENTS",
     [](const ProxyFacts& facts, std::string& text) {
         fmt::format_to(std::back_inserter(text), "# Clients\r\nconnected_clients:{}\r\n",
                        facts.client_connections);
     }},
    {"STATS",
     [](const ProxyFacts& facts, std::string& text) {
         fmt::format_to(std::back_inserter(text),
                        "# Stats\r\ntotal_commands_processed:{}\r\nrejected_requests:{}\r\n"
                        "forward_errors:{}\r\n",
                        facts.requests, facts.rejected, facts.forward_errors);
     }},
    {"POOL",
     [](const ProxyFacts& facts, std::string& text) {
         fmt::format_to(std::back_inserter(text),
                        "# Pool\r\npool:{}\r\nnodes:{}\r\nnodes_in_ring:{}\r\n", facts.pool,
                        facts.nodes, facts.nodes_in_ring);
     }},
});

constexpr auto kAll = std::to_array<std::string_view>({"DEFAULT", "ALL", "EVERYTHING"});

bool is_asked_for(const LocalRequest& request, std::string_view section) noexcept {
    const std::size_t words = request.frame.words.size();
    if (words == 1) {
        return true;
    }
    for (std::size_t i = 1; i < words; ++i) {
        const auto says = [&](std::string_view name) {
            return is_redis_option(request.word(i), name);
        };
        if (says(section) || std::any_of(kAll.begin(), kAll.end(), says)) {
            return true;
        }
    }
    return false;
}

}  // namespace

void answer_info(const LocalRequest& request) noexcept {
    std::string text;
    for (const Section& section : kSections) {
        if (is_asked_for(request, section.name)) {
            text += text.empty() ? "" : "\r\n";
            section.append(request.context.facts, text);
        }
    }
    append_verbatim(text, request.dialect(), request.out);
}

}  // namespace ringside::protocol
