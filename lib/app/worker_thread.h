// A worker with everything around it: a thread, its event loop, its streams, and proxy::Worker.
//
// Owned by App. The public functions are the control thread's; they reach the worker by post. Going
// the other way, health events and adoptions are posted to the control loop, and two numbers can be
// read at any time. Nothing else is shared.
#pragma once

#include "app/client_count.h"
#include "app/worker_door.h"
#include "base/expected.h"
#include "health/health_event.h"
#include "io/event_loop.h"
#include "io/file_descriptor.h"
#include "io/stream_loop.h"
#include "metrics/metrics.h"
#include "proxy/connection_list.h"
#include "proxy/hot_keys.h"
#include "proxy/slow_log.h"
#include "proxy/transport.h"
#include "proxy/worker.h"
#include "routing/snapshot.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

namespace ringside::app {

class WorkerThread final : private proxy::Transport, private io::StreamEvents {
  public:
    using OnHealth = std::function<void(const health::HealthEvent&)>;
    using OnAdopted = std::function<void(std::uint64_t version, base::TimePoint at)>;

    struct Options {
        std::uint32_t index = 0;  // 0-based; the thread is called "worker-<index>"
        std::uint64_t seed = 1;
        OnHealth on_health;         // called on the control thread
        OnAdopted on_adopted = {};  // likewise; empty: nobody wants to know
        proxy::ProcessIdentity process{};
    };

    // `control` is not run any more once this is gone; `registry` outlives it.
    WorkerThread(io::EventLoop& control, metrics::Registry& registry, Options options);
    // Stops and joins. What is still open is closed without a word.
    ~WorkerThread() override;

    void start();

    void adopt(routing::SnapshotPtr snapshot);
    // As Worker::set_drain_limit and Worker::drain. Nobody is handed over after the latter.
    void set_drain_limit(base::milliseconds limit);
    void drain();
    // Gives a client's socket to the worker. It counts in `clients` and in session_count() from now
    // until it is closed; `clients` outlives this.
    void hand_over(io::FileDescriptor socket, routing::PoolId pool, ClientCount& clients);

    // Asks for a page of its connections. The answer comes later, on the control thread: the page,
    // or timed_out. Refused here if it has too much to answer already (WorkerDoor).
    using OnConnections = std::function<void(base::Expected<proxy::ConnectionPage>)>;
    [[nodiscard]] base::Status ask(const proxy::ConnectionQuestion& question,
                                   OnConnections on_answer);

    // Likewise: what it says of itself, and its slowest requests of the last minutes.
    struct Facts {
        std::uint64_t adopted_version = 0;
        std::uint64_t turns = 0;
        std::size_t sessions = 0;
        std::size_t links = 0;
        std::size_t requests = 0;     // that are not answered yet
        base::Duration told_after{};  // that the question waited for its turn
    };
    // Has it send clients away (Worker::send_away), or tell how many that would be.
    using OnSentAway = std::function<void(base::Expected<std::size_t>)>;
    [[nodiscard]] base::Status ask_send_away(std::optional<routing::PoolId> pool, bool only_count,
                                             OnSentAway on_answer);
    using OnFacts = std::function<void(base::Expected<Facts>)>;
    using OnSlow = std::function<void(base::Expected<std::vector<proxy::SlowRequest>>)>;
    [[nodiscard]] base::Status ask_facts(OnFacts on_answer);
    [[nodiscard]] base::Status ask_slow(OnSlow on_answer);
    // And the keys that are asked for most often in this pool.
    using OnHotKeys = std::function<void(base::Expected<proxy::HotKeyList>)>;
    [[nodiscard]] base::Status ask_hot_keys(routing::PoolId pool, OnHotKeys on_answer);

    // Clients that were handed over and are not closed. Any thread.
    std::size_t session_count() const noexcept {
        return session_count_.load(std::memory_order_relaxed);
    }
    // Since drain(): whether everything is done that clients have asked for, and they are gone. Any
    // thread.
    bool is_drained() const noexcept { return is_drained_.load(std::memory_order_relaxed); }
    // How long its turns have taken, without the waiting for events. Any thread.
    metrics::Histogram::Values turn_durations() const noexcept { return turn_durations_.get(); }
    // The version of the snapshot that the worker routes by. Any thread.
    std::uint64_t adopted_version() const noexcept {
        return adopted_version_.load(std::memory_order_relaxed);
    }

  private:
    void run();
    // Has `fill` write the answer on the worker's thread.
    template <typename Answer, typename Fill>
    base::Status ask_worker(Answer answer, Fill fill,
                            std::function<void(base::Expected<Answer>)> on_answer);
    // What the transport knows of the connections.
    void complete(proxy::ConnectionPage& page) const;
    void accept(io::FileDescriptor& socket, routing::PoolId pool, ClientCount& clients);
    void forget_client(ClientCount& clients) noexcept;
    ClientCount*& clients_of(io::StreamId stream);

    // proxy::Transport
    proxy::ConnectionId connect(const routing::Address& address, proxy::Peer peer) override;
    void limit_unacknowledged(proxy::ConnectionId connection, base::milliseconds limit) override;
    std::size_t write(proxy::ConnectionId connection, std::string_view bytes) override;
    void close(proxy::ConnectionId connection) override;
    void finish_writing(proxy::ConnectionId connection) override;
    bool has_unread(proxy::ConnectionId connection) override;
    bool is_deserted(proxy::ConnectionId connection) override;
    void pause_reading(proxy::ConnectionId connection) override;
    void resume_reading(proxy::ConnectionId connection) override;
    base::microseconds unix_time() override;
    void report(const health::HealthEvent& event) override;

    // io::StreamEvents
    void begin_turn(base::TimePoint now) override;
    base::TimePoint end_of_turn() override;
    std::span<char> read_target(io::Cookie cookie) override;
    void on_bytes(io::Cookie cookie, std::size_t size) override;
    void on_writable(io::Cookie cookie) override;
    void on_connected(io::Cookie cookie) override;
    void on_end(io::Cookie cookie, io::StreamFailure failure, int error) override;

    io::EventLoop& control_;
    metrics::Registry& registry_;
    const Options options_;
    std::atomic<std::size_t> session_count_{0};
    std::atomic<std::uint64_t> adopted_version_{0};
    std::atomic<bool> is_drained_{false};
    bool draining_ = false;  // the worker's own, as what follows
    std::uint64_t turns_ = 0;
    base::TimePoint turn_began_{};
    metrics::Histogram turn_durations_;
    // Where a stream is counted, by StreamId; null for links.
    std::vector<ClientCount*> clients_;
    io::EventLoop loop_;
    WorkerDoor door_;
    io::StreamLoop streams_;
    proxy::Worker worker_;
    std::thread thread_;
};

}  // namespace ringside::app
