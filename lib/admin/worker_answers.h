// What only workers know, as the admin API shows it: plain values, in names and wall time.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "routing/snapshot.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ringside::admin {

using WallTime = std::chrono::system_clock::time_point;

// What a worker says of itself.
struct WorkerFacts {
    std::uint64_t adopted_version = 0;
    std::uint64_t turns = 0;
    std::size_t sessions = 0;
    std::size_t links = 0;
    std::size_t requests = 0;         // that are not answered yet
    base::microseconds told_after{};  // how long the question waited: as long as requests do
};
// In the order of the workers; the error is that of one that has not answered.
using OnWorkerFacts = std::function<void(const std::vector<base::Expected<WorkerFacts>>&)>;

enum class ConnectionSide : std::uint8_t { session, link };

// Where a list of connections goes on: all sessions, worker by worker, then all links.
struct ConnectionsFrom {
    ConnectionSide side = ConnectionSide::session;
    std::uint32_t worker = 0;
    std::uint32_t slot = 0;
};

struct ConnectionsQuestion {
    ConnectionsFrom from = {};
    std::optional<ConnectionSide> only = std::nullopt;
    std::size_t rows_max = 0;
};

struct ConnectionView {
    ConnectionSide side = ConnectionSide::session;
    std::uint32_t worker = 0;
    std::uint64_t id = 0;
    std::string pool = {};  // empty: not in the snapshot any more, as `node`
    std::string node = {};  // of a link
    std::string peer = {};  // its address
    std::string name = {};  // as a client of Redis has called itself
    base::milliseconds age{};
    std::uint64_t received_bytes = 0;
    std::uint64_t sent_bytes = 0;
    std::size_t in_flight = 0;
};

struct ConnectionsPage {
    std::vector<ConnectionView> rows;
    std::optional<ConnectionsFrom> next;
};
using OnConnectionsPage = std::function<void(const base::Expected<ConnectionsPage>&)>;

struct SlowRequestView {
    WallTime at{};  // when it was answered
    base::microseconds took{};
    base::microseconds queued{};                  // until its node had got all of it
    std::optional<base::microseconds> at_node{};  // none: it did not get so far
    std::uint32_t worker = 0;
    std::string pool = {};  // empty: not in the snapshot any more
    std::string node = {};  // likewise, or none was asked
    std::string command = {};
    std::string key = {};  // its beginning
    std::size_t key_bytes = 0;
    std::string outcome = {};
};

struct SlowRequests {
    std::vector<SlowRequestView> rows;      // the slowest first
    std::vector<std::uint32_t> unanswered;  // workers
};
using OnSlowRequests = std::function<void(const SlowRequests&)>;

struct HotKeyView {
    std::string key = {};  // its beginning
    std::size_t key_bytes = 0;
    std::string node = {};       // empty: the key is not whole, or the pool does not tell
    std::uint64_t count = 0;     // of the keys that were looked at
    std::uint64_t too_high = 0;  // so many of these may have been other keys
};

struct HotKeysView {
    std::vector<HotKeyView> rows;  // the most frequent first
    std::uint32_t one_of = 0;      // keys, one was looked at
    std::uint64_t looked_at = 0;
    base::milliseconds covered{};
    std::vector<std::uint32_t> unanswered;  // workers
};
using OnHotKeys = std::function<void(const HotKeysView&)>;

// Whose clients are to leave while the process goes on.
struct SendAwayQuestion {
    std::optional<routing::PoolId> pool;  // none: those of all
    bool only_count = false;              // nobody is asked
};
struct SentAway {
    std::size_t sessions = 0;               // asked now, or that would be
    std::vector<std::uint32_t> unanswered;  // workers; they do it when they come to it
};
using OnSentAway = std::function<void(const SentAway&)>;

// Each is answered once, later, on the control thread; within a second or so.
struct WorkerQuestions {
    std::function<void(OnWorkerFacts)> facts;
    std::function<void(const ConnectionsQuestion&, OnConnectionsPage)> connections;
    std::function<void(OnSlowRequests)> slow;
    // Of this pool, at most so many rows.
    std::function<void(const routing::PoolPtr&, std::size_t rows_max, OnHotKeys)> hot_keys;
    std::function<void(const SendAwayQuestion&, OnSentAway)> send_away = {};
};

}  // namespace ringside::admin
