// The machines of many sidecars in virtual time, all started within one second, and one source
// that answers them. What they ask is counted in buckets of 100 ms.
#pragma once

#include "base/clock.h"
#include "config/source.h"
#include "discovery/source_machine.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <vector>

namespace ringside::discovery {

// Answers for the source, at `now`. What it says comes a millisecond later.
class Origin {
  public:
    struct Reply {
        SourceEvent event;
        // The answer stays, and ends by itself after so long.
        std::optional<base::milliseconds> stays = std::nullopt;
    };

    virtual ~Origin() = default;
    virtual Reply answer(const Question& question, base::TimePoint now) = 0;

    bool is_down = false;
};

// How often was asked in each 100 ms of a stretch of time.
struct Asked {
    double mean = 0;
    std::size_t most = 0;
};

class Crowd {
  public:
    static constexpr base::milliseconds kBucket{100};

    Crowd(const config::Source& source, std::size_t size, Origin& origin);

    // Since the start of all.
    void run_until(base::milliseconds time);
    // All answers that stay end at once: who gave them is gone.
    void cut();
    Asked asked(base::milliseconds from, base::milliseconds to) const;

  private:
    struct Sidecar {
        std::unique_ptr<SourceMachine> machine;
        base::TimePoint wake_at = base::kNever;
        std::uint32_t question = 0;  // counts them: what belongs to an earlier one is void
        bool is_staying = false;
    };
    struct Due {
        base::TimePoint at;
        std::size_t sidecar = 0;
        std::uint32_t question = 0;                    // of `event`
        std::shared_ptr<SourceEvent> event = nullptr;  // null: a wake-up

        bool operator<(const Due& other) const { return at > other.at; }
    };

    void send(std::size_t index, const SourceEvent& event);
    void ask(std::size_t index, const Question& question);
    void later(std::size_t index, base::Duration after, SourceEvent event);

    Origin& origin_;
    base::TimePoint start_{base::seconds(1000)};
    base::TimePoint now_ = start_;
    std::vector<Sidecar> sidecars_;
    std::priority_queue<Due> due_;
    std::vector<std::size_t> buckets_;
};

}  // namespace ringside::discovery
