// Clients for tests: plain sockets with deadlines, and just enough HTTP for the admin API.
#pragma once

#include "base/clock.h"
#include "integration/support/process.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::testing {

// A TCP port of 127.0.0.1 that nothing listens on, outside the range the kernel takes client ports
// from, so that nobody gets it by chance until the program under test has it. Never the same one
// twice, nor one that another running test of this machine has been given.
std::uint16_t free_port();

// True if something accepts connections there.
bool accepts(std::uint16_t port);
bool accepts(const std::string& unix_path);
bool accepts_at(const std::string& ip, std::uint16_t port);

// A blocking connection. Every call throws std::runtime_error, with what had come so far, if it
// does not succeed within kPatience.
class Client {
  public:
    explicit Client(std::uint16_t port);  // 127.0.0.1
    explicit Client(const std::string& unix_path);
    ~Client();
    Client(Client&& other) noexcept;
    Client& operator=(Client&&) = delete;

    void send(std::string_view bytes);

    // Sends what the kernel takes at once, and reads nothing: as a client that does not care for
    // answers. Returns how many bytes that were; throws if the connection is broken.
    std::size_t offer(std::string_view bytes);

    // Tells the peer that nothing more comes; its answers still arrive.
    void finish_sending();

    // Until something has come, which stays unread: to close the connection is to reset it then.
    void wait_without_reading();

    // The bytes up to and including `end`.
    std::string read_until(std::string_view end);
    std::string read_line() { return read_until("\r\n"); }
    std::string read_exactly(std::size_t bytes);
    // All bytes until the peer closes the connection.
    std::string read_to_end();

    // send(), then as many bytes as `expected` has: for EXPECT_EQ(client.ask(...), "...").
    std::string ask(std::string_view request, std::size_t answer_bytes);
    // send(), then everything up to `end`.
    std::string ask(std::string_view request, std::string_view end);

    // True if the peer closes without sending anything more. A reset counts as well.
    bool closed_by_peer();
    // True if that has happened by now.
    bool is_closed_by_peer();

    // Bytes that come within `period` although none should: an extra answer.
    std::string surplus(base::milliseconds period = base::milliseconds(50));

  private:
    bool fill(base::TimePoint deadline);  // false at the end of the stream or the deadline

    int fd_ = -1;
    std::string input_;
    bool ended_ = false;
};

struct HttpAnswer {
    int status = 0;
    std::string head;  // status line and headers
    std::string body;
};

// One request on a connection of its own. `body` is sent if it is not empty. `fields` are further
// ones of the head, each with its "\r\n".
HttpAnswer http(std::uint16_t port, std::string_view verb, std::string_view target,
                std::string_view body = {}, std::string_view fields = {});

}  // namespace ringside::testing
