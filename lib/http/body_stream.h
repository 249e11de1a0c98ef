// A body that goes on while its connection lasts, such as of server-sent events. Shared by who
// writes it and the connection that sends it; the thread of their loop only.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace ringside::http {

class BodyStream {
  public:
    // What waits for a reader who is slow. Over it he is given up: the stream ends.
    static constexpr std::size_t kPendingBytesMax = std::size_t{256} << 10;

    // --- of the writer ---
    void give(std::string_view text) {
        if (is_ended_) {
            return;
        }
        if (pending_.size() + text.size() > kPendingBytesMax) {
            end();
            return;
        }
        pending_ += text;
        tell();
    }
    void end() {
        is_ended_ = true;
        tell();
    }
    // By either side: nothing is taken any more.
    bool is_ended() const noexcept { return is_ended_; }

    // --- of the connection ---
    // What was given since the last call, as far as it is not taken yet.
    std::string take() { return std::exchange(pending_, {}); }
    // Calls `on_more` from inside give() and end(); null: calls nobody.
    void wait(std::function<void()> on_more) { on_more_ = std::move(on_more); }

  private:
    void tell() const {
        if (on_more_) {
            on_more_();
        }
    }

    std::string pending_;
    bool is_ended_ = false;
    std::function<void()> on_more_;
};

}  // namespace ringside::http
