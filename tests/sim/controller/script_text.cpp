#include "sim/controller/script_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace ringside::sim {
namespace {

constexpr std::uint16_t kPort = 11'211;

std::uint32_t number(std::string_view text) {
    return static_cast<std::uint32_t>(number_of(text));
}

std::string source_text(const config::Source& source) {
    const auto* const asked = std::get_if<config::ElastiCacheSource>(&source);
    if (asked != nullptr) {
        return asked->endpoint.host;
    }
    std::string text = "list:";
    for (const routing::Member& member :
         std::get<config::StaticSource>(source).membership.members) {
        text += (text.back() == ':' ? "" : ",") + to_text(member);
    }
    return text;
}

config::Source source_of(std::string_view text) {
    if (text.substr(0, 5) != "list:") {
        return config::ElastiCacheSource{.endpoint = {std::string(text), kPort}};
    }
    config::StaticSource source;
    for (const std::string& member : split(text.substr(5), ',')) {
        source.membership.members.push_back(member_of(member));
    }
    return source;
}

std::string max_text(const routing::MaxEjected& most) {
    return fmt::format("{}{}", most.amount,
                       most.unit == routing::MaxEjected::Unit::percent ? "%" : "");
}

routing::MaxEjected max_of(std::string_view text) {
    return {.unit = text.back() == '%' ? routing::MaxEjected::Unit::percent
                                       : routing::MaxEjected::Unit::nodes,
            .amount = number(text)};
}

void set_rule(config::SourceRules& rules, std::string_view key, std::string_view value) {
    if (key == "min") {
        rules.change.nodes_min = number(value);
    } else if (key == "change") {
        rules.change.leave_percent_max = number(value);
    } else if (key == "answers") {
        rules.change.answers = number(value);
    } else if (key == "hold") {
        rules.hold = base::milliseconds(number(value));
    } else if (key == "returns") {
        rules.returns_max = number(value);
    }
}

void set(config::PoolConfig& pool, std::string_view key, std::string_view value) {
    if (key == "source") {
        pool.source = source_of(value);
    } else if (key == "protocol") {
        pool.policy.protocol = routing::ProtocolKind::redis;
    } else if (key == "identity") {
        pool.identity = *routing::parse_identity(value);
    } else if (key == "dist") {
        pool.policy.distribution = *routing::parse_distribution(value);
    } else if (key == "auto") {
        pool.policy.auto_eject = true;
    } else if (key == "max") {
        pool.policy.max_ejected = max_of(value);
    } else if (key == "limit") {
        pool.policy.failure_limit = number(value);
    } else if (key == "retry") {
        pool.policy.retry_timeout = base::milliseconds(number(value));
    } else if (key == "timeout") {
        pool.policy.timeout = base::milliseconds(number(value));
    } else if (key == "auth") {
        pool.policy.redis_auth = value;
    } else {
        set_rule(pool.rules, key, value);
    }
}

}  // namespace

std::uint64_t number_of(std::string_view text) {
    return std::strtoull(std::string(text).c_str(), nullptr, 10);
}

Words split(std::string_view text, char separator) {
    Words words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        if (end > 0) {
            words.emplace_back(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

std::string to_text(const routing::Member& member) {
    std::string text = member.name + "@" + member.address.host;
    if (member.weight != 1) {
        text += fmt::format("*{}", member.weight);
    }
    if (!member.host.empty()) {
        text += "^" + member.host;
    }
    for (const std::string& ip : member.other_ips) {
        text += "+" + ip;
    }
    return text;
}

routing::Member member_of(std::string_view text) {
    routing::Member member;
    const std::size_t at = std::min(text.find('@'), text.size());
    member.name = text.substr(0, at);
    text.remove_prefix(std::min(at + 1, text.size()));
    std::size_t end = std::min(text.find_first_of("*^+"), text.size());
    member.address = {std::string(text.substr(0, end)), kPort};
    while (end < text.size()) {
        const char mark = text[end];
        text.remove_prefix(end + 1);
        end = std::min(text.find_first_of("*^+"), text.size());
        const std::string_view value = text.substr(0, end);
        if (mark == '*') {
            member.weight = number(value);
        } else if (mark == '^') {
            member.host = value;
        } else {
            member.other_ips.emplace_back(value);
        }
    }
    return member;
}

// " min=2 change=100"; what is as by default is left out.
static std::string rules_text(const config::SourceRules& rules) {
    const config::SourceRules usual;
    std::string text;
    if (rules.change.nodes_min != usual.change.nodes_min) {
        text += fmt::format(" min={}", rules.change.nodes_min);
    }
    if (rules.change.leave_percent_max != usual.change.leave_percent_max) {
        text += fmt::format(" change={}", rules.change.leave_percent_max);
    }
    if (rules.change.answers != usual.change.answers) {
        text += fmt::format(" answers={}", rules.change.answers);
    }
    if (rules.hold) {
        text += fmt::format(" hold={}", rules.hold->count());
    }
    if (rules.returns_max != usual.returns_max) {
        text += fmt::format(" returns={}", rules.returns_max);
    }
    return text;
}

std::string to_text(const config::PoolConfig& pool) {
    const routing::PoolPolicy& policy = pool.policy;
    std::string text = pool.name + " source=" + source_text(pool.source);
    const auto add = [&text](std::string_view key, std::string_view value) {
        text += fmt::format(" {}={}", key, value);
    };
    if (policy.protocol == routing::ProtocolKind::redis) {
        add("protocol", "redis");
    }
    if (pool.identity != routing::Identity::source) {
        add("identity", pool.identity == routing::Identity::host ? "host" : "address");
    }
    if (policy.distribution != routing::Distribution::ketama) {
        add("dist", to_string(policy.distribution));
    }
    if (policy.auto_eject) {
        add("auto", "1");
    }
    if (policy.max_ejected.unit != routing::MaxEjected::Unit::unset) {
        add("max", max_text(policy.max_ejected));
    }
    if (policy.failure_limit != routing::PoolPolicy().failure_limit) {
        add("limit", std::to_string(policy.failure_limit));
    }
    if (policy.retry_timeout != routing::PoolPolicy().retry_timeout) {
        add("retry", std::to_string(policy.retry_timeout.count()));
    }
    if (policy.timeout.count() > 0) {
        add("timeout", std::to_string(policy.timeout.count()));
    }
    if (!policy.redis_auth.empty()) {
        add("auth", policy.redis_auth);
    }
    return text + rules_text(pool.rules);
}

config::PoolConfig pool_of(const Words& words) {
    config::PoolConfig pool;
    pool.name = words.empty() ? std::string() : words.front();
    pool.listen.text = "listen-" + pool.name;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::size_t equals = words[i].find('=');
        if (equals != std::string::npos && equals + 1 < words[i].size()) {
            set(pool, std::string_view(words[i]).substr(0, equals),
                std::string_view(words[i]).substr(equals + 1));
        }
    }
    return pool;
}

}  // namespace ringside::sim
