// The requests of an API server, and their answers.
#pragma once

#include "http/message.h"
#include "http/server.h"
#include "inject/review.h"
#include "injector_metrics.h"

#include <functional>
#include <memory>
#include <string_view>

namespace ringside::injector {

// What an API server takes at most, and so sends (k8s.io/apiserver, MaxRequestBodyBytes).
inline constexpr std::size_t kReviewBytesMax = std::size_t{3} << 20;

// API servers of a large cluster keep some connections each.
inline constexpr http::ServerLimits kWebhookLimits{
    .connections_max = 512,
    .message = {.header_bytes_max = 16U << 10, .body_bytes_max = kReviewBytesMax},
    .idle_deadline = base::milliseconds(120'000)};

// Owned by Service; its loop's thread only.
class Webhook {
  public:
    struct Parts {
        std::shared_ptr<const inject::Template> injected;
        InjectorMetrics& metrics;
        // Told each review that was answered, with its path.
        std::function<void(const inject::Review& review)> on_review;
    };
    explicit Webhook(Parts parts) : parts_(std::move(parts)) {}

    // From now on.
    void use(std::shared_ptr<const inject::Template> injected) {
        parts_.injected = std::move(injected);
    }
    // Each answer is the last of its connection from now on, so that clients turn to others.
    void begin_to_end() { ends_ = true; }

    http::Response answer(const http::Request& request);

  private:
    http::Response answer_review(const http::Request& request, inject::OptIn opt_in);

    Parts parts_;
    bool ends_ = false;
};

// A line of plain text.
http::Response plain_answer(unsigned status, std::string_view sentence);

}  // namespace ringside::injector
