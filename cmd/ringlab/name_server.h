// A real nameserver for the lab: dnsmasq, on loopback, for names below ringlab.test.
#pragma once

#include "base/child_process.h"
#include "base/expected.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringside::lab {

// Owned by the source that is played, used by the lab's thread. Ends with it.
class NameServer {
  public:
    // `port` 0: a free one.
    NameServer(std::string dnsmasq, std::uint16_t port);

    // Answers with these records (dnsmasq(8)) and no others from now on, at the port that it had
    // before: a new process, for which dnsmasq gives no other way to change SRV records.
    boost::asio::awaitable<base::Status> serve(std::vector<std::string> records);

    void pause() noexcept;  // SIGSTOP: questions are not answered
    void end() noexcept;

    std::uint16_t port() const noexcept { return port_; }

  private:
    boost::asio::awaitable<base::Status> start(std::vector<std::string> command);

    const std::string dnsmasq_;
    std::uint16_t port_;
    std::optional<base::ChildProcess> process_;
};

}  // namespace ringside::lab
