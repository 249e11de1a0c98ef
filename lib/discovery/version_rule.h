// Which of a source's numbered answers is news, and which is the past. Pure.
//
// ElastiCache raises its version when nodes are added or removed (user guide, "Adding auto
// discovery to your client library"); answers may come from different nodes, one of which may lag
// behind. An older answer is therefore refused. But a cluster that was deleted and made again under
// its old name counts from the start: when its endpoint has said the same for several polls, and a
// node that it lists says so too, it is believed.
#pragma once

#include "routing/membership.h"

#include <cstdint>
#include <optional>

namespace ringside::discovery {

class VersionRule {
  public:
    enum class Verdict : std::uint8_t {
        news,       // newer, or as new with other content: take it
        unchanged,  // what is known already
        older,      // the past: refuse it
        recreated,  // as old, but insistent: take it if one of its nodes confirms it
    };

    // How many polls in a row must agree on an older answer before it is `recreated`.
    static constexpr std::uint32_t kOlderAnswersMin = 3;

    // Judges the answer of one poll.
    Verdict judge(const routing::Membership& answer);

    // Goes on from this answer: after `news`, a confirmed `recreated`, or the operator's word.
    void take(const routing::Membership& answer);

    // The poll gave no answer: agreement has to start over.
    void on_no_answer() noexcept { older_answers_ = 0; }

    // How many polls in a row agree on the same older answer.
    std::uint32_t older_answers() const noexcept { return older_answers_; }
    const std::optional<routing::Membership>& current() const noexcept { return current_; }

  private:
    std::optional<routing::Membership> current_;
    routing::Membership older_;  // meaningful while older_answers_ > 0
    std::uint32_t older_answers_ = 0;
};

// Same version and same members.
bool same_answer(const routing::Membership& a, const routing::Membership& b);

}  // namespace ringside::discovery
