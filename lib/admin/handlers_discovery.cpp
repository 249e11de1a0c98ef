// Handlers of the routes that tell where the nodes of a pool come from, and what has become of
// them.
#include "admin/answers.h"
#include "admin/handlers.h"
#include "admin/json_history.h"

namespace ringside::admin {

http::Response get_history(const Call& call) {
    const discovery::Journal* const journal = call.context.controller.history(call.arguments.pool);
    if (journal == nullptr) {
        return unknown_pool(call);
    }
    return json_answer(
        history_json(call.arguments.pool, *journal, call.context.workers().size(), call.moment));
}

}  // namespace ringside::admin
