// One question over HTTPS: whole, or with an answer that is told in parts as it comes.
//
// The token and the authorities are read for each, as they are replaced while the process runs.
// Control thread only; owned by who asks.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "discovery/source_machine.h"
#include "http/fetch.h"
#include "http/tls.h"
#include "io/event_loop.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ringside::discovery {

class HttpsAsking {
  public:
    // Called later, one at a time; each may destroy the HttpsAsking.
    struct Events {
        std::function<void(PartCame)> on_part;
        std::function<void(Answered)> on_end;  // the last
    };

    // `loop` outlives it.
    HttpsAsking(io::EventLoop& loop, HttpsQuestion question, Events events);
    // Closes the connection. Nothing is called afterwards.
    ~HttpsAsking();

    HttpsAsking(const HttpsAsking&) = delete;
    HttpsAsking& operator=(const HttpsAsking&) = delete;

  private:
    base::Status start();
    void on_head(const http::ResponseHead& head);
    void on_body(std::string_view bytes);
    void end(base::Status status);
    void tell_soon();
    void tell_next();
    bool is_told_in_parts() const noexcept;

    io::EventLoop& loop_;
    const HttpsQuestion question_;
    const Events events_;
    io::EventLoop::Timer limit_;  // of a whole answer
    io::EventLoop::Timer tell_timer_;
    std::unique_ptr<http::TlsContext> tls_;
    std::unique_ptr<http::Fetch> fetch_;
    base::seconds retry_after_{0};
    unsigned status_ = 0;
    std::string body_;                 // of a whole answer, or of a refusal
    std::optional<std::string> part_;  // to be told
    std::optional<Answered> end_;      // to be told behind it
};

}  // namespace ringside::discovery
