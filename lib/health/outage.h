// Tells which failures and answers of one node are news: it is lost, it is back. Pure.
//
// Workers report each lost connection and each batch of timeouts, several of them at once, and a
// node may come and go many times a minute. News are the first failure and the end of the outage,
// whatever happened in between. If a node fails again soon after it was back, the end of the next
// outage has to last before it is believed, twice as long each time: a flapping node costs a few
// lines a minute at first and two a minute later on.
//
// A value, owned by the controller's record of the node. Without it nothing is judged: whether the
// node takes part in the ring is the Ejector's matter.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>

namespace ringside::health {

// An outage that is over.
struct OutageEnd {
    base::Duration lasted;       // from the first failure to the answer that was not taken back
    std::uint32_t relapses = 0;  // answers in between that were followed by another failure
};

class Outage {
  public:
    // A node that was back for so long is as good as one that never failed.
    static constexpr base::milliseconds kCalm{60'000};
    // How long the end of an outage has to last after a first and after many relapses.
    static constexpr base::milliseconds kHoldMin{1'000};
    static constexpr base::milliseconds kHoldMax{30'000};
    // A node that has failed, and of which nothing was heard for so long, is to be asked.
    static constexpr base::milliseconds kSilence{10'000};

    // The node failed. True if it was well before: this is news.
    bool on_failure(base::TimePoint now) noexcept;

    // The node answered a request or a probe.
    void on_answer(base::TimePoint now) noexcept;

    // The outage that is over and was not told of yet: this is news. To be asked after on_answer()
    // and at next_deadline().
    std::optional<OutageEnd> take_end(base::TimePoint now) noexcept;

    // True if it has failed, and since then, or since the last such moment, nothing was heard of it
    // for kSilence.
    bool take_silence(base::TimePoint now) noexcept;
    // When that is; kNever if it is well.
    base::TimePoint next_silence() const noexcept {
        return is_on() ? heard_at_ + kSilence : base::kNever;
    }

    // The node has failed and not answered since.
    bool is_on() const noexcept { return since_ && !answered_; }
    // Since when; nothing: it is not. Not from before the last answer, as the outage may be.
    std::optional<base::TimePoint> on_since() const noexcept {
        return is_on() ? std::optional(failing_from_) : std::nullopt;
    }
    // How often it has failed since then, whether that counts for an ejection or not.
    std::uint32_t failures() const noexcept { return is_on() ? failures_ : 0; }

    // When take_end() may have something; kNever if another event has to come first.
    base::TimePoint next_deadline() const noexcept;

  private:
    std::optional<base::TimePoint> since_;         // nothing: the node is well, as far as was told
    std::optional<base::TimePoint> answered_;      // with since_: it answers again since then
    std::optional<base::TimePoint> last_end_;      // of the outage before
    base::TimePoint failing_from_{}, heard_at_{};  // of meaning while it is on
    std::uint32_t failures_ = 0;
    base::milliseconds hold_{0};
    std::uint32_t relapses_ = 0;
};

}  // namespace ringside::health
