// Handlers of the routes about the configuration: which one is in force, and loading it again.
#include "admin/answers.h"
#include "admin/handlers.h"
#include "admin/json.h"

#include <memory>

namespace ringside::admin {
namespace {

// The request is fine; what the file asks for is not, or not now.
constexpr unsigned kConflict = 409;

}  // namespace

http::Response get_config(const Call& call) {
    return tagged_answer(call.request, config_json(call.context.config()));
}

http::Response post_reload(const Call& call) {
    const auto later = std::make_shared<http::LaterResponse>();
    call.context.reload([later, view = call.context.config](const base::Status& loaded) {
        later->give(loaded ? json_answer(config_json(view()))
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
