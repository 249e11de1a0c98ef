// An API server of Kubernetes for the lab: the EndpointSlices of one service, listed and watched
// over TLS, in the forms of a real one (tests/recordings/kubernetes).
#pragma once

#include "base/expected.h"
#include "configuration.h"
#include "slices.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace boost::asio::ssl {
class context;
}

namespace ringside::lab {

// Owned by the source that is played, used by the lab's thread; must outlive the io_context's
// run(). Its certificate, made with openssl(1), and its token are files as a pod has them.
class KubernetesApi {
  public:
    KubernetesApi(const boost::asio::any_io_executor& executor, std::string directory);
    ~KubernetesApi();

    // Makes its files and listens on 127.0.0.1; port 0 takes a free one.
    base::Status open(std::uint16_t port);
    // Tells these nodes, in `mode`, from now on: to who lists them, and to who watches.
    void tell(const Configuration& configuration, Mode mode);
    // Removes its files.
    void close();

    std::uint16_t port() const;
    static std::string token_file(const std::string& directory) { return directory + "/token"; }
    static std::string ca_file(const std::string& directory) { return directory + "/ca.crt"; }

  private:
    class Connection;

    base::Status write_files() const;
    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);
    boost::asio::awaitable<void> answer(Connection& connection);
    boost::asio::awaitable<void> watch(Connection& connection, SliceQuestion question);

    const std::string directory_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::unique_ptr<boost::asio::ssl::context> tls_;
    Slices slices_;
    Mode mode_ = Mode::normal;
    std::string token_;
    std::size_t connections_ = 0;
};

}  // namespace ringside::lab
