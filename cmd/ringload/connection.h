// One client: sends a batch of requests with one write, waits for all its answers, repeats.
#pragma once

#include "base/byte_buffer.h"
#include "base/clock.h"
#include "base/expected.h"
#include "base/ring_buffer.h"
#include "dialect.h"
#include "tally.h"
#include "target.h"
#include "workload.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::load {

// What all connections of a run share. Owned by the generator.
struct Shared {
    const Target& target;
    const Workload& workload;
    const Dialect& dialect;
    const std::uint32_t pipeline;
    const int epoll_fd;
    Tally& tally;
    OperationSource* source = nullptr;  // of the present phase; null: no more requests
    std::uint64_t outstanding = 0;      // requests of all connections
    std::string scratch;
};

// Owned by the generator, used by its thread. The epoll data of its socket is `index`.
class Connection {
  public:
    Connection(Shared& shared, std::uint32_t index) : shared_(shared), index_(index) {}
    ~Connection() { close(); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Begins to connect, now or again after a loss; then on_events() sends the first batch.
    base::Status open();
    // Waits for it instead. Errors: io, timed_out.
    base::Status wait_until_connected(base::milliseconds limit);
    bool is_open() const noexcept { return fd_ >= 0; }
    bool idle() const noexcept { return is_open() && !connecting_ && !busy(); }

    // Requests were sent and not all are answered.
    bool busy() const noexcept { return !outstanding_.empty(); }
    base::TimePoint sent_at() const noexcept { return sent_at_; }

    // Sends the next batch, if there is one. Requires: idle().
    void send_batch(base::TimePoint now);

    // What epoll said. The connection may be closed afterwards.
    void on_events(std::uint32_t events, base::TimePoint now);

    // Gives up: what is outstanding is lost.
    void lose(std::string_view reason);

  private:
    // The reason why there is no connection, or 0.
    int connect_error() const;
    void on_connected(base::TimePoint now);
    void on_readable(base::TimePoint now);
    // False if the connection had to be closed.
    bool check_replies(base::TimePoint now);
    void count_right(const Operation& operation);
    void report_wrong(std::string_view bytes);
    void flush();
    void watch(bool writable);
    void close();

    Shared& shared_;
    const std::uint32_t index_;
    int fd_ = -1;
    bool connecting_ = false;
    bool watches_writable_ = false;
    std::string output_;
    std::size_t sent_bytes_ = 0;
    base::ByteBuffer input_;
    base::RingBuffer<Operation> outstanding_;
    ReplyCheck check_;
    base::TimePoint sent_at_;
};

}  // namespace ringside::load
