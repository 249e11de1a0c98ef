// How a process takes the place of another one, and leaves its own to the next.
#include "admin/health.h"
#include "app/app.h"
#include "base/log.h"
#include "base/moment.h"
#include "discovery/saved_state_text.h"

#include <fmt/core.h>

#include <iterator>
#include <utility>

namespace ringside::app {

using base::LogEvent;

// All that is listened on.
std::vector<io::Listener::Share> App::shares() {
    std::vector<io::Listener::Share> shares = acceptors_.shares();
    std::vector<io::Listener::Share> more = admin_listeners_.shares();
    std::move(more.begin(), more.end(), std::back_inserter(shares));
    return shares;
}

TakeOver::Hooks App::take_over_hooks() {
    return {.obstacle =
                [this] {
                    return admin::is_ready(admin_context_)
                               ? std::string()
                               : admin::summary(admin_context_, base::moment_now());
                },
            .marks = [this] { return inherited_sockets_->taken(); },
            .done =
                [this] {
                    for (io::Listener::Share& share : shares()) {
                        share.keep();
                    }
                    base::log().info({LogEvent::takeover},
                                     "serving in place of the process before");
                    state_keeper_.set_directory(reloader_.running().process.state_dir);
                    begin_serving();
                },
            .failed =
                [this](const base::Error& why) {
                    failure_ = why;
                    control_.stop();
                }};
}

void App::begin_serving() {
    inherited_sockets_->clear();
    if (on_serving_) {
        on_serving_();
    }
    service_manager_.on_serving();
    if (is_ready_) {
        service_manager_.on_ready();
    }
}

HandOver::Hooks App::hand_over_hooks() {
    return {.shares = [this] { return shares(); },
            .legacy = [this] { return service_manager_.legacy(); },
            .state =
                [this] {
                    return discovery::saved_state_text(controller_.saved_state(base::moment_now()),
                                                       RINGSIDE_VERSION);
                },
            .done =
                [this](pid_t successor) {
                    state_keeper_.set_directory({});  // the file is its own now
                    service_manager_.on_handed_over(successor);
                    if (on_handed_over_) {
                        on_handed_over_();
                    }
                    end_after(base::milliseconds(0));
                }};
}

base::Expected<admin::TakeoverOffer> App::offer_takeover() {
    if (drain_.has_begun()) {
        return base::Error{base::Errc::conflict, "it was told to end"};
    }
    if (is_taking_over()) {
        return base::Error{base::Errc::conflict, "it is about to take over itself"};
    }
    return hand_over_.offer();
}

}  // namespace ringside::app
