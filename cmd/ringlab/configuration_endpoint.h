// The configuration endpoint: a listener that answers lines about the cluster.
#pragma once

#include "base/expected.h"
#include "cluster.h"
#include "configuration.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>

namespace ringside::lab {

// Owned by main, used by its thread; must outlive the io_context's run().
class ConfigurationEndpoint {
  public:
    // Requires: `cluster` outlives the endpoint.
    ConfigurationEndpoint(const boost::asio::any_io_executor& executor, const Cluster& cluster);

    // Listens on 127.0.0.1; port 0 takes a free one. Answers from then on.
    base::Status open(std::uint16_t port);

    std::uint16_t port() const;
    Mode mode() const noexcept { return mode_; }
    void set_mode(Mode mode) noexcept { mode_ = mode; }

  private:
    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);

    const Cluster& cluster_;
    boost::asio::ip::tcp::acceptor acceptor_;
    Mode mode_ = Mode::normal;
    std::size_t sessions_ = 0;
};

}  // namespace ringside::lab
