// A peer that answers each line as a function says: for what no real server would ever do.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace ringside::testing {

// Serves one connection after another on a thread of its own, which ends with its owner.
class ScriptedPeer {
  public:
    // Called on the peer's thread with each line without its end. Nothing: close the connection.
    using Script = std::function<std::optional<std::string>(std::string_view line)>;

    // `resets_after`: so many answers on one connection; 0: it does not.
    explicit ScriptedPeer(Script script, std::size_t resets_after = 0);
    ~ScriptedPeer();

    std::size_t connections() const noexcept { return connections_; }
    // Unasked, on the present connection. Requires: there is one, and nothing is asked on it now.
    void say(std::string_view bytes);

    std::uint16_t port() const noexcept { return port_; }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  private:
    void run();
    void serve(int fd);
    bool wait_readable(int fd) const;  // false when it is time to end

    Script script_;
    std::size_t resets_after_;
    std::atomic<std::size_t> connections_ = 0;
    std::atomic<int> connection_ = -1;
    int listener_ = -1;
    int stop_read_ = -1;  // readable when the owner wants the end
    int stop_write_ = -1;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace ringside::testing
