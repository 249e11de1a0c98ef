#include "discovery/advice.h"

#include "routing/skew.h"

#include <fmt/core.h>

namespace ringside::discovery {

using routing::Distribution;

namespace {

std::vector<std::string> advice_on_keys(const routing::Pool& pool) {
    const routing::PoolPolicy& policy = pool.policy;
    if (policy.distribution == Distribution::random && pool.nodes.size() > 1) {
        return {
            "distribution random draws a node for each request, so what is stored on one is not "
            "found on the others; kept for compatibility; to change it: distribution: ketama"};
    }
    const auto skew = routing::measure_skew(pool);
    if (!skew) {
        return {};
    }
    const routing::KeySample& sample = skew->sample;
    return {fmt::format(
        "hash {} with {} puts {:.0f} % of {} sample keys ({}0 to {}{}) on node {} (fair share "
        "{:.1f} %); kept for compatibility; to change it: hash: murmur, which moves keys",
        to_string(policy.hash), to_string(policy.distribution), 100 * skew->share, sample.count,
        sample.prefix, sample.prefix, sample.count - 1, pool.nodes[skew->node_index].node.name,
        100 * skew->fair_share)};
}

}  // namespace

std::vector<std::string> advice_on(const routing::Pool& pool) {
    std::vector<std::string> advice = advice_on_keys(pool);
    if (pool.policy.auto_eject && pool.policy.timeout.count() == 0) {
        advice.emplace_back(
            "auto_eject_hosts without a timeout never ejects a node that hangs: requests wait for "
            "it without end; to change it: timeout: 400");
    }
    return advice;
}

std::vector<std::string> AdviceOnce::take(const routing::Pool& pool) {
    const Choice choice{pool.policy.distribution, pool.policy.hash,
                        pool.policy.auto_eject && pool.policy.timeout.count() == 0};
    if (choice_ != choice) {
        *this = AdviceOnce();
        choice_ = choice;
    }
    if (given_ || nodes_ == pool.nodes.size()) {
        return {};
    }
    nodes_ = pool.nodes.size();
    std::vector<std::string> advice = advice_on(pool);
    given_ = !advice.empty();
    return advice;
}

}  // namespace ringside::discovery
