#include "discovery/version_rule.h"

namespace ringside::discovery {

bool same_answer(const routing::Membership& a, const routing::Membership& b) {
    return a.source_version == b.source_version && a.members == b.members;
}

VersionRule::Verdict VersionRule::judge(const routing::Membership& answer) {
    if (!current_ || answer.source_version >= current_->source_version) {
        older_answers_ = 0;
        return current_ && same_answer(answer, *current_) ? Verdict::unchanged : Verdict::news;
    }
    const bool repeated = older_answers_ > 0 && same_answer(answer, older_);
    older_answers_ = repeated ? older_answers_ + 1 : 1;
    older_ = answer;
    return older_answers_ < kOlderAnswersMin ? Verdict::older : Verdict::recreated;
}

void VersionRule::take(const routing::Membership& answer) {
    current_ = answer;
    older_answers_ = 0;
}

}  // namespace ringside::discovery
