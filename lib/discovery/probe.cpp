#include "discovery/probe.h"

#include "base/byte_buffer.h"
#include "protocol/protocol.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace ringside::discovery {
namespace {

const protocol::NodeCodec& codec_of(routing::ProtocolKind kind) {
    switch (kind) {
        case routing::ProtocolKind::memcached:
            return protocol::memcached().node();
        case routing::ProtocolKind::redis:
            return protocol::redis().node();
    }
    return protocol::memcached().node();
}

// The error is about a part of what the node does: it would serve, and traffic would not eject it.
bool is_fit(const protocol::NodeCodec& codec, std::string_view bytes) {
    return codec.fitness(codec.error_words(bytes)) == protocol::NodeFitness::fit;
}

enum class Verdict { need_more, healthy, unhealthy };

// Judges the answers to the prelude and to the probe, `replies` in number.
Verdict judge(const protocol::NodeCodec& codec, std::size_t replies, std::string_view bytes) {
    for (std::size_t i = 0; i < replies; ++i) {
        protocol::Resume resume;
        const protocol::ReplyFrame frame = codec.frame_prelude_reply(bytes, resume);
        switch (frame.status) {
            case protocol::ReplyStatus::need_more:
                return Verdict::need_more;
            case protocol::ReplyStatus::malformed:
                return Verdict::unhealthy;
            case protocol::ReplyStatus::complete:
                break;
        }
        const bool is_last = i + 1 == replies;
        if (frame.is_error() && !(is_last && is_fit(codec, bytes))) {
            return Verdict::unhealthy;  // also -LOADING: it has no data to answer from yet
        }
        bytes.remove_prefix(frame.size);
    }
    return Verdict::healthy;
}

}  // namespace

Prober::Prober(io::EventLoop& loop) : loop_(loop), tell_timer_(loop) {}
Prober::~Prober() = default;

void Prober::probe(const Target& target, OnProbed on_probed) {
    Waiting probe{target, std::move(on_probed)};
    if (exchanges_.size() < kProbesMax) {
        start(std::move(probe));
    } else {
        waiting_.push_back(std::move(probe));
    }
}

void Prober::start(Waiting probe) {
    const protocol::NodeCodec& codec = codec_of(probe.target.protocol);
    base::ByteBuffer request;
    const protocol::LinkSetup setup{.password = probe.target.redis_auth,
                                    .database = probe.target.redis_db};
    const std::size_t replies = codec.append_prelude(setup, request) + 1;
    request.append(codec.probe());

    const std::uint64_t id = next_id_++;
    const auto is_whole = [&codec, replies](std::string_view bytes) {
        return judge(codec, replies, bytes) != Verdict::need_more;
    };
    auto exchange = std::make_unique<Exchange>(
        loop_,
        Exchange::Request{.addresses = std::move(probe.target.addresses),
                          .bytes = std::string(request.view()),
                          .timeout = probe.target.timeout},
        is_whole, [this, id, &codec, replies](const base::Expected<std::string>& bytes) {
            end(id, bytes && judge(codec, replies, *bytes) == Verdict::healthy);
        });
    exchanges_.try_emplace(id, UnderWay{probe.target.pool, probe.target.node,
                                        std::move(probe.on_probed), std::move(exchange)});
}

void Prober::start_next() {
    while (!waiting_.empty() && exchanges_.size() < kProbesMax) {
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        start(std::move(next));
    }
}

void Prober::keep(const routing::Snapshot& snapshot) {
    if (exchanges_.empty()) {
        return;  // then none waits
    }
    std::set<std::pair<routing::PoolId, routing::NodeId>> present;
    for (const routing::PoolPtr& pool : snapshot.pools) {
        for (const routing::PoolNode& each : pool->nodes) {
            present.emplace(pool->id, each.node.id);
        }
    }
    for (auto probe = exchanges_.begin(); probe != exchanges_.end();) {
        UnderWay& each = probe->second;
        if (present.contains({each.pool, each.node})) {
            ++probe;
            continue;
        }
        dropped_.push_back(std::move(each.on_probed));
        probe = exchanges_.erase(probe);
    }
    std::erase_if(waiting_, [&](Waiting& probe) {
        const bool is_gone = !present.contains({probe.target.pool, probe.target.node});
        if (is_gone) {
            dropped_.push_back(std::move(probe.on_probed));
        }
        return is_gone;
    });
    start_next();
    if (!dropped_.empty()) {
        tell_timer_.arm(base::Clock::now(), [this] { tell_dropped(); });
    }
}

// One at a time: it may destroy the Prober.
void Prober::tell_dropped() {
    const OnProbed on_probed = std::move(dropped_.back());
    dropped_.pop_back();
    if (!dropped_.empty()) {
        tell_timer_.arm(base::Clock::now(), [this] { tell_dropped(); });
    }
    on_probed(false);
}

void Prober::limit(routing::PoolId pool, base::milliseconds timeout) {
    for (auto& [id, probe] : exchanges_) {
        if (probe.pool == pool) {
            probe.exchange->limit(timeout);
        }
    }
    for (Waiting& probe : waiting_) {
        if (probe.target.pool == pool) {
            probe.target.timeout = std::min(probe.target.timeout, timeout);
        }
    }
}

void Prober::end(std::uint64_t id, bool healthy) {
    const OnProbed on_probed = std::move(exchanges_.at(id).on_probed);
    exchanges_.erase(id);
    start_next();
    on_probed(healthy);  // last: it may destroy the Prober
}

}  // namespace ringside::discovery
