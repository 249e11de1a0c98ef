#include "protocol/request_frame.h"

namespace ringside::protocol {

void RequestFrame::reset() noexcept {
    status = RequestStatus::need_more;
    size = 0;
    rest = {};
    command = nullptr;
    words.clear();
    keys.clear();
    key_patterns = 0;
    no_reply = false;
    verbatim = true;
    decoded.clear();
    reject = Reject::none;
    answer.clear();
    close = false;
    answered_if_strict = false;
}

}  // namespace ringside::protocol
