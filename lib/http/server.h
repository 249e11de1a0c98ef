// A listener that speaks HTTP: accepts connections and has their requests answered, one after
// another.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "http/message.h"
#include "http/tls.h"
#include "io/event_loop.h"
#include "io/listener.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ringside::http {

// What keeps slow, idle and numerous clients from holding memory. Each server has its own.
struct ServerLimits {
    // Over it a connection whose client is waited for is closed: one that was refused or does not
    // take its answer, else the one that has been idle, or has owed the rest of its request, for
    // the longest. If there is none, the new one gets a 503. People, probes and dashboards.
    std::size_t connections_max = 32;
    // Of bodies that are being read, of all connections together, but for one that is alone. Over
    // it the next gets a 503, and one that does not take its own is closed.
    // What is made while it is read (Response::rest), and bodies below 64 KiB, as those of probes,
    // do not count.
    std::size_t held_bytes_max = std::size_t{24} << 20;
    MessageLimits message = {};
    // From the first byte of a request (of the first one: from accept) to its last. Over it: close.
    base::milliseconds request_deadline{5'000};
    // Between requests, and how far the taking of answers may lag behind (Pace). Over it: close.
    base::milliseconds idle_deadline{30'000};
    // From such a lag on a connection may be closed for a new one. Short, as who takes answers lags
    // for less than any of those who do not.
    base::milliseconds displaceable_lag{5};
    // Handler::raw: for the first byte of a request. Over it: the raw text.
    base::milliseconds first_byte_deadline{250};
};

// What a server has seen since its start.
struct ServerCounters {
    std::uint64_t connections_refused = 0;    // at ServerLimits::connections_max
    std::uint64_t connections_displaced = 0;  // closed at that limit, for new ones
    std::uint64_t requests = 0;               // well-formed ones that were not refused
    std::uint64_t raw_reads = 0;              // without a request
    std::uint64_t requests_refused = 0;       // malformed, too large, or refused by the handler
    std::uint64_t requests_unauthorized = 0;  // of these, without the token that is asked for
    std::uint64_t timeouts = 0;               // connections closed: idle, or too slow
};

// Whose requests a server serves. Called on the loop's thread; may not throw.
struct Handler {
    // The answer to a request. Counts it, as `requests` or as `requests_refused`. Who gives a
    // Response::later has a limit for it.
    std::function<Response(const Request&)> answer;
    // How an error of the server itself is shown: the status, a word for programs, a sentence.
    std::function<Response(unsigned status, std::string_view code, std::string_view sentence)>
        refusal;
    // What a client gets, and then the end of the connection, that sends no request within
    // first_byte_deadline, ends its side at once, or sends what is no HTTP. Null: such a client is
    // one that is slow or wrong.
    std::function<std::string()> raw = nullptr;
    // Told an answer that has taken time. Null: nobody.
    std::function<void(const Request&, const Response&)> on_later = nullptr;
};

// Owned by who opens it; its loop's thread only. No failing client, accept or answer ends it.
class Server {
  public:
    struct Options {
        io::Listener::Options listener;
        ServerLimits limits = {};
        std::optional<TlsSettings> tls = std::nullopt;  // none: in the clear
    };

    // Binds (port 0: any free one) and serves while `loop` runs, which outlives the server, as does
    // `counters`. The error holds the reason; who calls knows the address. A TLS handshake has
    // ServerLimits::request_deadline.
    static base::Expected<std::unique_ptr<Server>> open(io::EventLoop& loop, const Options& options,
                                                        Handler handler, ServerCounters& counters);
    // Closes all connections; nothing is answered afterwards.
    ~Server();

    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // As io::Listener's.
    base::Status renew_if_lost() { return listener_->renew_if_lost(); }

    // As io::Listener's. The connections that are there are not touched by what becomes of it.
    io::Listener::Share share() { return listener_->share(); }

    // Nobody is in the middle of a handshake, a request or its answer, Response::later excepted. To
    // be asked before the server ends.
    bool is_quiet() const;

    // When the certificate that new connections are shown ends, in seconds since 1970; none without
    // TLS.
    std::optional<std::int64_t> certificate_end();

    // The port that was bound; 0 for a unix socket.
    std::uint16_t port() const noexcept { return listener_->port(); }

  private:
    class State;
    Server(std::shared_ptr<State> state, std::unique_ptr<io::Listener> listener);

    std::shared_ptr<State> state_;  // shared with the connections' coroutines, which may end later
    std::unique_ptr<io::Listener> listener_;
};

}  // namespace ringside::http
