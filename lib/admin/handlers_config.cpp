// Handlers of the routes about the configuration: which one is in force, and loading it again.
#include "admin/answers.h"
#include "admin/handlers.h"
#include "admin/json.h"

namespace ringside::admin {
namespace {

// The request is fine; what the file asks for is not, or not now.
constexpr unsigned kConflict = 409;

}  // namespace

http::Response get_config(const Call& call) {
    return json_answer(config_json(call.context.config()));
}

http::Response post_reload(const Call& call) {
    const base::Status loaded = call.context.reload();
    if (!loaded) {
        return error_answer(kConflict, base::to_string(loaded.error().code),
                            loaded.error().message);
    }
    return get_config(call);
}

}  // namespace ringside::admin
