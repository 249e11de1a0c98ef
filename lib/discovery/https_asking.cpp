#include "discovery/https_asking.h"

#include "base/parse.h"
#include "config/token_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::discovery {
namespace {

using base::Clock;
using base::Errc;
using base::Error;

constexpr unsigned kOk = 200;

// More is a mistake of the server's, and no answer to "when".
constexpr std::uint64_t kRetryAfterSecondsMax = 3'600;

// What is kept of the answer to a question that stays when it is a refusal.
constexpr std::size_t kRefusalBytesMax = std::size_t{64} << 10;

}  // namespace

HttpsAsking::HttpsAsking(io::EventLoop& loop, HttpsQuestion question, Events events)
    : loop_(loop),
      question_(std::move(question)),
      events_(std::move(events)),
      limit_(loop),
      tell_timer_(loop) {
    if (base::Status started = start(); !started) {
        end(std::move(started));
    }
}

HttpsAsking::~HttpsAsking() = default;

base::Status HttpsAsking::start() {
    const config::TlsConfig& wanted = question_.tls;
    auto tls =
        http::TlsContext::open(http::TlsContext::Side::client, {.ca_file = wanted.ca_file,
                                                                .server_name = wanted.server_name,
                                                                .cert_file = wanted.cert_file,
                                                                .key_file = wanted.key_file,
                                                                .verify = wanted.verify});
    if (!tls) {
        return tls.error();
    }
    tls_ = std::move(*tls);
    const auto token = config::read_token_file(question_.token_file);
    if (!token) {
        return token.error();
    }
    http::Fetch::Request request;
    request.addresses = question_.addresses;
    request.host = question_.host;
    request.tls = tls_.get();
    request.target = question_.target;
    request.headers = {{"Accept", "application/json"}, {"Authorization", "Bearer " + *token}};
    request.timeout = question_.timeout;
    request.silence_max = question_.silence_max;
    request.body_bytes_max = question_.body_bytes_max;
    fetch_ = std::make_unique<http::Fetch>(
        loop_, std::move(request),
        http::Fetch::Events{.on_head = [this](const http::ResponseHead& head) { on_head(head); },
                            .on_body = [this](std::string_view bytes) { on_body(bytes); },
                            .on_end = [this](base::Status status) { end(std::move(status)); }});
    if (!question_.stays) {
        limit_.arm(Clock::now() + question_.timeout, [this] {
            end(Error{Errc::timed_out,
                      fmt::format("no whole answer within {} ms", question_.timeout.count())});
        });
    }
    return base::Done{};
}

void HttpsAsking::on_head(const http::ResponseHead& head) {
    status_ = head.status;
    // RFC 9110, 10.2.3; an API server sends seconds and never a date.
    const auto seconds = base::parse_unsigned(head.retry_after, 0, kRetryAfterSecondsMax);
    retry_after_ = base::seconds(seconds.value_or(0));
    if (is_told_in_parts()) {
        part_.emplace();  // empty: it has begun
        tell_soon();
    }
}

void HttpsAsking::on_body(std::string_view bytes) {
    if (is_told_in_parts()) {
        if (!part_) {
            part_.emplace();
        }
        *part_ += bytes;
        tell_soon();
        return;
    }
    const std::size_t bytes_max = question_.stays ? kRefusalBytesMax : question_.body_bytes_max;
    body_ += bytes.substr(0, bytes_max - std::min(body_.size(), bytes_max));
}

void HttpsAsking::end(base::Status status) {
    limit_.cancel();
    end_ = status ? Answered{std::move(body_), status_, retry_after_}
                  : Answered{status.error().in(fmt::format(
                                 "{}:{}", question_.host,
                                 question_.addresses.empty() ? 0 : question_.addresses[0].port)),
                             status_};
    tell_soon();
}

void HttpsAsking::tell_soon() {
    tell_timer_.arm(Clock::now(), [this] { tell_next(); });
}

void HttpsAsking::tell_next() {
    const Events events = events_;  // this may be gone when one returns
    if (part_) {
        if (end_) {
            tell_soon();
        }
        events.on_part({*std::exchange(part_, std::nullopt)});
    } else if (end_) {
        fetch_.reset();
        events.on_end(*std::exchange(end_, std::nullopt));
    }
}

// What is refused comes as a whole.
bool HttpsAsking::is_told_in_parts() const noexcept {
    return question_.stays && status_ == kOk;
}

}  // namespace ringside::discovery
