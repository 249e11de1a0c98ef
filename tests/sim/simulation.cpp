#include "sim/simulation.h"

#include "sim/fake_values.h"
#include "sim/memcached_client.h"
#include "sim/redis_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <utility>

namespace ringside::sim {

using proxy::ConnectionId;
using proxy::StreamEnd;
using routing::ProtocolKind;

namespace {

constexpr std::size_t kClientsMax = 8;
constexpr std::size_t kAskedMax = 40;
constexpr int kCalmTurns = 2'000;  // longer than a retired link may take to be given up

// How long a node may stay silent, in milliseconds. The long silences cost it the link, which is
// given up a second or two timeouts behind a deadline.
constexpr std::size_t kSilenceMs = 400;
constexpr std::size_t kLongSilenceMs = 2'500;

}  // namespace

Simulation::Simulation(std::uint64_t seed)
    : dice_(seed), bench_(seed), ledger_(bench_.now, result_.violation) {
    for (std::size_t place = 0; place < pool_at_place_.size(); ++place) {
        pool_at_place_[place] = &begin_pool(place);
    }
    adopt();
}

// Each pool changes, or is removed, or stays as it is. The first one always stays. One that comes
// back may be a new one.
void Simulation::adopt() {
    settle();
    std::vector<routing::PoolPtr> pools;
    const bool first = result_.adoptions++ == 0;
    for (std::size_t place = 0; place < pool_at_place_.size(); ++place) {
        if (!first && pool_at_place_[place]->history.is_gone() && dice_.chance(40)) {
            forget(*pool_at_place_[place]);
            pool_at_place_[place] = &begin_pool(place);
        }
        PoolWorld& pool = *pool_at_place_[place];
        const bool is_new = pool.history.is_gone();
        if (!first && pool.id != 1 && dice_.chance(8)) {
            result_.removals += is_new ? 0 : 1;
            if (!pool.history.is_empty()) {
                pool.history.adopt(nullptr);
            }
        } else if (is_new || dice_.chance(50)) {
            pool.history.adopt(make_pool(pool));
        }
        if (!pool.history.is_gone()) {
            pools.push_back(pool.history.latest());
        }
    }
    for (auto& [id, client] : clients_) {
        client.may_end = client.may_end || client.pool->history.is_gone();
    }
    bench_.adopt_pools(std::move(pools));
    for (PoolWorld& pool : pools_) {
        if (!pool.history.is_empty()) {
            ledger_.on_adopted(pool);
        }
    }
    settle();
}

void Simulation::drain() {
    draining_ = true;
    ++result_.drains;
    for (auto& [id, client] : clients_) {
        client.may_end = true;
    }
    bench_.turn([this] { bench_.worker.drain(); });
    settle();
}

Simulation::Result Simulation::run(int turns) {
    const bool drains = dice_.chance(50);
    for (int turn = 0; turn < turns + kCalmTurns && result_.violation.empty(); ++turn) {
        calm_ = turn >= turns;
        if (turn > turns && is_over()) {
            break;
        }
        if (turn == turns && drains) {
            drain();
        }
        if ((!calm_ || turn == turns) && clients_.size() < kClientsMax && dice_.chance(30)) {
            connect_client();
        }
        if (!calm_ && dice_.chance(3)) {
            adopt();
        }
        for (auto& [id, client] : clients_) {
            client_acts(id, client);
        }
        for (auto& [id, side] : links_) {
            node_acts(id, side);
        }
        bench_.advance(base::milliseconds(calm_ ? 20 : dice_.pick(15)));
        settle();
        forget_closed();
    }
    if (result_.violation.empty()) {
        check_end();
    }
    return result_;
}

// Nobody awaits anything, not even an end.
bool Simulation::is_over() const {
    return bench_.worker.request_count() == 0 &&
           std::all_of(clients_.begin(), clients_.end(), [](const auto& each) {
               return each.second.asked.empty() && each.second.unsent.empty() &&
                      !each.second.may_end;
           });
}

// --- clients ---

void Simulation::connect_client() {
    PoolWorld& pool = *pool_at_place_[dice_.pick(pool_at_place_.size())];
    const ConnectionId id = bench_.connect_client(pool.id);
    const bool welcome = !draining_ && !pool.history.is_gone();
    if (bench_.transport[id].open != welcome) {
        violation(welcome ? "a client was not accepted" : "a client was accepted in vain");
    }
    if (welcome) {
        clients_[id].pool = &pool;
    }
    settle();
}

void Simulation::ask(ConnectionId id, Client& client) {
    Asked asked = client.pool->protocol == ProtocolKind::redis
                      ? ask_redis(dice_, keys_, client.resp3)
                      : ask_memcached(dice_, keys_);
    if (client.parted && asked.unawaited) {
        asked.no_reply = asked.unawaited = false;  // refused behind the end, nothing comes of it
    }
    client.unsent += asked.wire;
    const std::size_t head_bytes = asked.head_bytes == 0 ? asked.wire.size() : asked.head_bytes;
    const std::uint64_t decided_at = client.asked_bytes + head_bytes;
    client.asked_bytes += asked.wire.size();
    client.may_end = client.may_end || asked.quits;
    const bool awaited = !asked.no_reply;
    const RequestId request = ledger_.add(std::move(asked), id, *client.pool);
    client.sending.emplace_back(decided_at, request);
    if (awaited) {
        client.asked.push_back(request);
    }
}

void Simulation::client_acts(ConnectionId id, Client& client) {
    FakeStream& stream = bench_.transport[id];
    if (!stream.open) {
        return;
    }
    if (!calm_ && !client.may_end && client.asked.size() < kAskedMax && dice_.chance(60)) {
        for (std::size_t i = 0, count = 1 + dice_.pick(6); i < count && !client.may_end; ++i) {
            ask(id, client);
        }
    }
    result_.holds += stream.paused ? 1 : 0;
    const bool is_read = stream.unread == 0 && !stream.paused;
    if (client.parted && !client.ended && is_read && dice_.chance(50)) {
        client.ended = true;
        bench_.end(id, StreamEnd::eof);
        settle();
        return;
    }
    deliver_request(id, client);
    if (!stream.open) {
        return;
    }
    if (!calm_ && dice_.chance(1)) {
        ++result_.clients_left;
        client.ended = client.may_end = true;
        if (!client.asked.empty()) {
            ledger_.on_cut(client.asked.front());  // it may have been, with the end unsent
        }
        client.asked.clear();
        bench_.end(id, StreamEnd::reset);
        settle();
        return;
    }
    if (!calm_ && client.unsent.empty() && !stream.paused && !client.ended && dice_.chance(1)) {
        client.ended = client.may_end = true;
        ++result_.clients_left;
        bench_.end(id, StreamEnd::eof);
    } else if (stream.wants_writable && (calm_ || dice_.chance(40))) {
        stream.wants_writable = false;
        bench_.writable(id, calm_ || dice_.chance(50) ? SIZE_MAX : dice_.pick(200));
    } else if (!calm_ && stream.room == SIZE_MAX && dice_.chance(5)) {
        stream.room = dice_.pick(300);
    }
    settle();
}

// In pieces of random size, one a turn.
std::size_t Simulation::piece_of(std::size_t size) {
    return calm_ || dice_.chance(50) ? size : 1 + dice_.pick(40 + size / 20);
}

void Simulation::deliver_request(ConnectionId id, Client& client) {
    std::string& bytes = client.unsent;
    FakeStream& stream = bench_.transport[id];
    if (bytes.empty() || client.ended) {
        return;
    }
    const std::size_t size =
        calm_ || dice_.chance(50) ? bytes.size() : 1 + dice_.pick(bytes.size());
    const std::size_t chunk = piece_of(bytes.size());
    // A pause in the middle leaves the rest unread, as in a kernel's buffer.
    stream.unread = std::max(stream.unread, size);
    std::size_t sent = 0;
    while (sent < size && stream.open && !stream.paused) {
        const std::size_t piece = std::min(chunk, size - sent);
        const std::size_t read = bench_.send(id, std::string_view(bytes).substr(sent, piece));
        sent += read;
        client.sent_bytes += read;
        while (!client.sending.empty() && client.sending.front().first <= client.sent_bytes) {
            ledger_.on_delivered(client.sending.front().second);
            client.sent.push_back(client.sending.front().second);
            client.sending.pop_front();
        }
        delivered_ = id;
        settle();
        delivered_ = {};
    }
    bytes.erase(0, sent);
}

// --- nodes ---

void Simulation::node_acts(ConnectionId id, NodeSide& side) {
    FakeStream& stream = bench_.transport[id];
    if (!stream.open) {
        return;
    }
    if (!side.is_connected) {
        if (!calm_ && dice_.chance(10)) {
            ++result_.links_broken;
            side.broken = true;
            bench_.end(id, StreamEnd::refused);
        } else if (calm_ || dice_.chance(60)) {
            side.is_connected = true;
            bench_.connected(id);
        }
        settle();
        return;
    }
    if (!calm_ && dice_.chance(1)) {
        ++result_.links_broken;
        side.broken = true;
        bench_.end(id, dice_.chance(50) ? StreamEnd::reset : StreamEnd::eof);
        settle();
        return;
    }
    if (!calm_ && dice_.chance(1)) {
        const std::size_t most = dice_.chance(20) ? kLongSilenceMs : kSilenceMs;
        side.silent_until = bench_.now + base::milliseconds(dice_.pick(most));
    }
    if (calm_ || (side.silent_until <= bench_.now && dice_.chance(80))) {
        deliver_answer(id);
    }
    if (!stream.open) {
        return;
    }
    if (stream.wants_writable && (calm_ || dice_.chance(50))) {
        stream.wants_writable = false;
        bench_.writable(id, calm_ || dice_.chance(50) ? SIZE_MAX : dice_.pick(300));
        settle();
    } else if (!calm_ && stream.room == SIZE_MAX && dice_.chance(3)) {
        stream.room = dice_.pick(400);
    }
}

void Simulation::deliver_answer(ConnectionId id) {
    const FakeStream& stream = bench_.transport[id];
    const std::size_t present = ledger_.node(id).answers().size();
    if (present == 0) {
        return;
    }
    const std::size_t size = calm_ || dice_.chance(50) ? present : 1 + dice_.pick(present);
    const std::size_t chunk = piece_of(present);
    std::string& answers = ledger_.node(id).answers();
    const std::string taken = answers.substr(0, size);
    answers.erase(0, size);
    for (std::size_t sent = 0; sent < size && stream.open;) {
        const std::string_view piece = std::string_view(taken).substr(sent, chunk);
        sent += piece.size();
        ledger_.on_answered(id, piece.size());
        bench_.send(id, piece);
        settle();
    }
}

// --- after each turn ---

void Simulation::settle() {
    settle_links();
    if (const auto wrong = failures_.check(bench_.transport.reports, bench_.now); !wrong.empty()) {
        violation(std::string(wrong));
    }
    for (auto& [id, client] : clients_) {
        // A client that is read has had all its requests taken in.
        if (!client.sent.empty() && !bench_.transport[id].paused) {
            for (const RequestId request : client.sent) {
                ledger_.on_taken_in(request, id == delivered_);
            }
            client.sent.clear();
        }
    }
    take_written();
    for (auto& [id, client] : clients_) {
        const FakeStream& stream = bench_.transport[id];
        if (stream.finished && !client.parted) {
            on_parted(id, client);
        }
        if (!stream.open) {
            on_closed(client);
        } else if (stream.room == SIZE_MAX && !client.asked.empty()) {
            ledger_.check_in_time(client.asked.front());
        }
    }
}

void Simulation::settle_links() {
    for (const auto& [id, side] : links_) {
        if (bench_.transport[id].wants_writable) {
            ledger_.on_blocked(id);
        }
    }
    const std::vector<ConnectionId>& dialled = bench_.transport.dialled;
    for (; dialled_ < dialled.size(); ++dialled_) {
        const ConnectionId id = dialled[dialled_];
        const FakeStream& stream = bench_.transport[id];
        const routing::Address& address = stream.address;
        const auto before = std::find_if(links_.begin(), links_.end(), [&](const auto& each) {
            const proxy::Peer& peer = bench_.transport[each.first].peer;
            return !each.second.ended && peer.index == stream.peer.index &&
                   peer.generation == stream.peer.generation;
        });
        ledger_.on_dialled(id, pools_.at(address.port - kFirstPort - 1u), address,
                           before == links_.end() ? std::nullopt : std::optional(before->first));
        links_[id];
    }
    for (auto& [id, side] : links_) {
        if (!bench_.transport[id].open && !side.ended) {
            side.ended = true;
            result_.links_given_up += !side.broken && side.silent_until > bench_.now ? 1 : 0;
            ledger_.on_link_end(id, side.broken);
        }
    }
}

// Hands what the worker has written to the far ends, and checks it there.
void Simulation::take_written() {
    for (auto& [id, stream] : bench_.transport.streams) {
        if (stream.small_writes_in_turn > 1) {
            violation("two small writes to one connection in a turn");
        }
        if (stream.received.empty()) {
            continue;
        }
        const std::string bytes = stream.take();
        result_.trace = (result_.trace ^ std::hash<std::string>()(bytes)) * 1099511628211ull;
        if (const auto client = clients_.find(id); client != clients_.end()) {
            client->second.received += bytes;
            take_answers(client->second);
        } else {
            ledger_.on_written(id, bytes);
        }
    }
}

void Simulation::take_answers(Client& client) {
    std::size_t used = 0;
    for (;;) {
        const std::string_view rest = std::string_view(client.received).substr(used);
        const std::size_t size = client.pool->protocol == ProtocolKind::redis
                                     ? redis_answer_size(rest)
                                     : memcached_answer_size(rest);
        if (size == 0) {
            break;
        }
        const std::string_view answer = rest.substr(0, size);
        used += size;
        if (client.asked.empty()) {
            violation("an answer that nobody asked for: " + std::string(answer.substr(0, 200)));
            break;
        }
        ledger_.on_answer(client.asked.front(), answer);
        client.asked.pop_front();
        ++result_.answers;
        result_.errors += answer.find(": node cache-") != std::string::npos ? 1 : 0;
    }
    client.received.erase(0, used);
}

void Simulation::on_parted(ConnectionId id, Client& client) {
    client.parted = true;
    ++result_.partings;
    if (!client.may_end) {
        violation("a client was told the end for no reason");
    }
    if (bench_.transport[id].unread > 0) {
        violation("a client was told the end before all was read that had arrived");
    }
    if (!client.asked.empty() && ledger_.delivered(client.asked.front())) {
        violation("a client was told the end before it was answered: " +
                  ledger_.asked(client.asked.front()).wire.substr(0, 200));
    }
    for (std::size_t i = 0, count = dice_.pick(4); i < count && !client.ended; ++i) {
        ask(id, client);  // it has not noticed yet
    }
    client.asked.clear();
}

void Simulation::on_closed(Client& client) {
    const bool waits = !client.asked.empty() && ledger_.delivered(client.asked.front());
    const bool is_cut = waits && ledger_.may_be_cut(client.asked.front(), client.received);
    if (is_cut) {
        ledger_.on_cut(client.asked.front());
    }
    if (!is_cut && !client.may_end) {
        violation("a client was closed for no reason");
    } else if (!is_cut && waits) {
        violation("a client was closed before it was answered: " +
                  ledger_.asked(client.asked.front()).wire.substr(0, 200));
    }
    client.asked.clear();
    client.may_end = true;
}

void Simulation::forget_closed() {
    const auto is_closed = [this](const auto& each) { return !bench_.transport[each.first].open; };
    std::erase_if(clients_, is_closed);
    std::erase_if(links_, is_closed);
    std::erase_if(bench_.transport.streams, [](const auto& each) { return !each.second.open; });
}

void Simulation::check_end() {
    result_.failures = failures_.failures();
    for (const auto& [id, client] : clients_) {
        if (client.may_end) {
            violation("a client was not closed, though its pool is gone or the worker is drained");
        } else if (!client.asked.empty() || !client.unsent.empty()) {
            violation("a request was never answered");
        }
    }
    for (const auto& [id, side] : links_) {
        const FakeStream& stream = bench_.transport[id];
        const PoolWorld& pool = pools_.at(stream.address.port - kFirstPort - 1u);
        if (stream.open && pool.history.is_gone()) {
            violation("a link of a removed pool was not closed");
        }
    }
    ledger_.on_end();
    result_.requests_left = bench_.worker.request_count();
    result_.arrivals = ledger_.arrivals_demanded();
    if (result_.requests_left != 0 || bench_.worker.session_count() != clients_.size()) {
        violation(fmt::format("{} requests and {} sessions are left, with {} clients",
                              result_.requests_left, bench_.worker.session_count(),
                              clients_.size()));
    }
    check_cells();
}

void Simulation::violation(std::string what) {
    if (result_.violation.empty()) {
        result_.violation = std::move(what);
    }
}

}  // namespace ringside::sim
