// How `ringlab add` and its like reach the running lab: one line over a unix socket, one answer.
//
// The answer's first line is "OK" or "ERROR reason"; what follows is for the person who asked.
#pragma once

#include "base/expected.h"
#include "cluster.h"
#include "options.h"
#include "played_source.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace ringside::lab {

// The lab's side. Owned by main, used by its thread; removes its socket when it is destroyed.
// Commands run one after another, as Cluster requires.
class ControlServer {
  public:
    // Requires: `cluster` and `source` outlive the server. `on_stop` is called for "stop".
    ControlServer(const boost::asio::any_io_executor& executor, Cluster& cluster,
                  PlayedSource& source, std::function<void()> on_stop);
    ~ControlServer();

    // Creates the directory (mode 0700) if it is missing. Errors: conflict if a lab uses it.
    base::Status open(const std::string& directory);
    const std::string& socket_path() const noexcept { return path_; }

  private:
    using Socket = boost::asio::local::stream_protocol::socket;

    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> serve(Socket socket);
    boost::asio::awaitable<base::Expected<std::string>> run(std::string line);
    // Of a command that may have changed what there is to tell.
    boost::asio::awaitable<base::Expected<std::string>> tell_after(base::Status status);

    Cluster& cluster_;
    PlayedSource& source_;
    std::function<void()> on_stop_;
    boost::asio::local::stream_protocol::acceptor acceptor_;
    std::string path_;
    bool made_directory_ = false;
};

// The other side: asks the lab in options.directory to do options.words.
// Returns its text. Errors: the lab's own, or io if there is no lab.
base::Expected<std::string> send_command(const Options& options);

}  // namespace ringside::lab
