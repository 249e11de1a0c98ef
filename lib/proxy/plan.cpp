#include "proxy/plan.h"

namespace ringside::proxy {

const Plan& plan_of(const protocol::RequestFrame& frame) noexcept {
    if (frame.status == protocol::RequestStatus::rejected) {
        return plans::kRefuseAfterwards;
    }
    switch (frame.command->route) {
        case protocol::Route::by_key:
        case protocol::Route::by_each_key:
        case protocol::Route::same_node:
        case protocol::Route::every_node:
        case protocol::Route::any_node:
            return plans::kForward;
        case protocol::Route::local:
        case protocol::Route::refused:
            break;
    }
    return frame.command->may_change_links ? plans::kLocalThenQuiet : plans::kLocal;
}

}  // namespace ringside::proxy
