// Handlers of the routes about the configuration: which one is in force, and loading it again.
#include "admin/answers.h"
#include "admin/handlers.h"
#include "admin/json.h"
#include "admin/settings.h"

#include <memory>
#include <string>
#include <vector>

namespace ringside::admin {
namespace {

// The request is fine; what the file asks for is not, or not now.
constexpr unsigned kConflict = 409;

std::string config_text(const AdminContext& context) {
    const std::vector<std::string> pools = context.controller.pool_names();
    const config::Explanation& all = context.settings();
    return config_json(context.config(), settings_by_owner(all, pools), hash_of(all));
}

}  // namespace

http::Response get_config(const Call& call) {
    return tagged_answer(call.request, config_text(call.context));
}

http::Response post_reload(const Call& call) {
    const auto later = std::make_shared<http::LaterResponse>();
    call.context.reload([later, context = call.context](const base::Status& loaded) {
        later->give(loaded ? json_answer(config_text(context))
                           : error_answer(kConflict, base::to_string(loaded.error().code),
                                          loaded.error().message));
    });
    if (later->get() != nullptr) {
        return *later->get();
    }
    http::Response response;
    response.later = later;
    return response;
}

}  // namespace ringside::admin
