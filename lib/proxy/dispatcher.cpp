#include "proxy/dispatcher.h"

#include "base/log.h"

#include <fmt/format.h>

#include <string>

namespace ringside::proxy {

using metrics::PoolMetric;

namespace {

// Of a key in an error.
constexpr std::size_t kKeyBytesShown = 64;

}  // namespace

void Dispatcher::send(const Outgoing& outgoing) {
    route(*outgoing.request.pool->pool, outgoing.frame, outgoing.bytes, state_.random.next(),
          route_);
    if (state_.log.enabled(base::LogLevel::debug)) {
        log_route(outgoing);
    }
    switch (route_.kind) {
        case RouteKind::one:
            send_to(route_.node, outgoing);
            return;
        case RouteKind::split:
            send_parts(outgoing);
            return;
        case RouteKind::crossing:
            refuse_crossing(outgoing);
            return;
        case RouteKind::pattern:
            refuse_pattern(outgoing);
            return;
        case RouteKind::keyless:
            refuse_keyless(outgoing);
            return;
        case RouteKind::none:
            fail_without_node(outgoing);
            return;
    }
}

void Dispatcher::send_to(std::uint32_t node, const Outgoing& outgoing) {
    upstream_.submit(outgoing, *outgoing.request.pool->by_index[node]);
}

void Dispatcher::send_parts(const Outgoing& outgoing) {
    Request& request = outgoing.request;
    const PoolRuntime& pool = *request.pool;
    request.command = outgoing.frame.command;  // of a further step: what its answers are merged by
    request.expectation.clear();
    request.owners.assign(route_.owners.begin(), route_.owners.end());
    state_.buffers.lend(request.expectation);
    pool.protocol->node(link_kind_of(request.dialect))
        .append_expectation(outgoing.frame, outgoing.bytes, {}, request.expectation);
    request.parts_left = static_cast<std::uint32_t>(route_.parts.size());
    for (std::size_t i = 0; i < route_.parts.size(); ++i) {
        request.parts.push_back(state_.requests.create({.session = request.session,
                                                        .parent = outgoing.handle,
                                                        .pool = request.pool,
                                                        .codec = request.codec,
                                                        .dialect = request.dialect,
                                                        .deadline = request.deadline,
                                                        .asked = request.asked}));
    }
    pool.cells->add(PoolMetric::fragments, static_cast<std::int64_t>(route_.parts.size()));
    // A part may fail at once and the last one then ends the request: it is not touched after that.
    const std::size_t parts = route_.parts.size();
    for (std::size_t i = 0; i < parts; ++i) {
        const RoutePlan::Part& part = route_.parts[i];
        const RequestHandle handle = request.parts[i];
        upstream_.submit({.handle = handle,
                          .request = state_.requests[handle],
                          .frame = outgoing.frame,
                          .bytes = outgoing.bytes,
                          .key_indices = route_.keys_of(part)},
                         *pool.by_index[part.node]);
    }
}

void Dispatcher::fail_without_node(const Outgoing& outgoing) {
    const PoolRuntime& pool = *outgoing.request.pool;
    pool.cells->add(PoolMetric::no_node);
    const std::string& reason = pool.pool->no_node_reason;
    answers_.fail(outgoing.handle, reason.empty() ? "no node is in the ring of this pool" : reason,
                  {});
}

// Where each key goes: for an operator who asks which node has it.
void Dispatcher::log_route(const Outgoing& outgoing) const {
    const protocol::RequestFrame& frame = outgoing.frame;
    const PoolRuntime& pool = *outgoing.request.pool;
    for (std::size_t i = 0; i < frame.keys.size(); ++i) {
        const bool split = route_.kind == RouteKind::split;
        const std::uint32_t node = split ? route_.parts[route_.owners[i]].node : route_.node;
        if (route_.kind == RouteKind::one || split) {
            state_.log.debug("pool {}: {} key '{}' maps to node {}", pool.pool->name,
                             frame.command->name, frame.keys[i].of(outgoing.bytes),
                             pool.by_index[node]->label);
        }
    }
}

// Where keys are made of a pattern while the node works: those of SORT by its BY and GET.
void Dispatcher::refuse_pattern(const Outgoing& outgoing) {
    const PoolRuntime& pool = *outgoing.request.pool;
    const routing::HashTag tag = pool.policy().hash_tag;
    const std::string remedy =
        tag == routing::HashTag{}
            ? "give the pool a hash_tag, and these keys a common tag in front of the asterisk"
            : fmt::format("begin it with the tag of its keys, '{}tag{}'", tag[0], tag[1]);
    const std::string_view pattern = outgoing.frame.keys[route_.crossing_key].of(outgoing.bytes);
    pool.cells->add(PoolMetric::rejected_crossing);
    base::ByteBuffer error;
    outgoing.request.codec->append_crossing_error(
        fmt::format("the pattern '{}' of {} may name keys of several nodes; {}",
                    pattern.substr(0, kKeyBytesShown), outgoing.frame.command->name, remedy),
        error);
    answers_.refuse(outgoing.handle, error.view());
}

void Dispatcher::refuse_keyless(const Outgoing& outgoing) {
    outgoing.request.pool->cells->add(PoolMetric::rejected_bad_arguments);
    base::ByteBuffer error;
    outgoing.request.codec->append_error(
        "at least one key is needed: by its keys the proxy finds the node of a request; or the "
        "pool must have scripts_without_keys: true",
        error);
    answers_.refuse(outgoing.handle, error.view());
}

void Dispatcher::refuse_crossing(const Outgoing& outgoing) {
    const PoolRuntime& pool = *outgoing.request.pool;
    const auto key = [&outgoing](std::size_t index) {
        return outgoing.frame.keys[index].of(outgoing.bytes).substr(0, kKeyBytesShown);
    };
    pool.cells->add(PoolMetric::rejected_crossing);
    base::ByteBuffer error;
    outgoing.request.codec->append_crossing_error(
        fmt::format("the keys of {} must live on one node: '{}' is on {}, '{}' on {}; give them a "
                    "common hash_tag",
                    outgoing.frame.command->name, key(0), pool.by_index[route_.node]->label,
                    key(route_.crossing_key), pool.by_index[route_.crossing_node]->label),
        error);
    answers_.refuse(outgoing.handle, error.view());
}

}  // namespace ringside::proxy
