#include "app/reloader.h"

#include "base/log.h"
#include "config/difference.h"
#include "config/secret_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace ringside::app {

using base::log;
using base::LogEvent;

namespace {

base::Error is_ending() {
    return {base::Errc::conflict, "the process is about to end"};
}

}  // namespace

Reloader::Reloader(ConfigFile file, std::string text, config::Config running, Hooks hooks)
    : file_(std::move(file)),
      hooks_(std::move(hooks)),
      at_start_(running.explanation),
      text_(std::move(text)),
      running_(std::move(running)) {
    view_.file = file_.path();
    view_.loaded_at = std::chrono::system_clock::now();
    view_.last = {.at = view_.loaded_at,
                  .trigger = "start",
                  .applied = true,
                  .reason = {},
                  .outcome_since = view_.loaded_at};
}

void Reloader::reload(std::string_view trigger, OnDone on_done) {
    if (under_way_) {
        if (!next_) {
            next_.emplace(Request{std::string(trigger), {}});
        }
        next_->on_done.push_back(std::move(on_done));
        return;
    }
    load({std::string(trigger), {std::move(on_done)}}, file_.read());
}

void Reloader::reload_if_changed(std::string_view trigger) {
    const auto text = file_.read();
    // While a file is replaced it may be away for a moment; its return is an event of its own.
    if (!text || (*text == text_ && !has_new_password())) {
        return;
    }
    if (under_way_) {
        reload(trigger);
        return;
    }
    load({std::string(trigger), {}}, text);
}

// One that cannot be read is none: whoever replaces it is not done yet.
bool Reloader::has_new_password() const {
    return std::any_of(running_.pools.begin(), running_.pools.end(), [](const auto& pool) {
        const auto password = pool.redis_auth_file.empty()
                                  ? base::Expected<std::string>(pool.policy.redis_auth)
                                  : config::read_password_file(pool.redis_auth_file);
        return password && *password != pool.policy.redis_auth;
    });
}

void Reloader::end() {
    ended_ = true;
    if (under_way_) {
        finish(is_ending());
    }
}

void Reloader::load(Request request, const base::Expected<std::string>& text) {
    under_way_.emplace(Load{std::move(request), std::chrono::system_clock::now()});
    if (hooks_.loading) {
        hooks_.loading();
    }
    if (const base::Status status = read(text); !status) {
        finish(status);
        return;
    }
    under_way_->question =
        hooks_.find_names(*under_way_->config, [this](const FoundNames& found) { apply(found); });
    if (!under_way_->question) {
        apply({});
    }
}

base::Status Reloader::read(const base::Expected<std::string>& text) {
    if (ended_) {
        return is_ending();
    }
    if (!text) {
        return text.error();
    }
    text_ = *text;
    auto config = file_.parse(*text);
    if (!config) {
        return config.error();
    }
    under_way_->config.emplace(std::move(*config));
    return base::Done{};
}

void Reloader::apply(const FoundNames& names) {
    finish(hooks_.apply(*under_way_->config, names));
}

void Reloader::finish(const base::Status& status) {
    Load done = std::move(*under_way_);
    under_way_.reset();
    std::string changes;
    if (status) {
        changes = config::describe_changes(running_, *done.config);
        view_.waiting_for_restart =
            config::waiting_for_restart(at_start_, done.config->explanation);
        running_ = std::move(*done.config);
    }
    record(status, done, changes);
    if (hooks_.loaded) {
        hooks_.loaded();
    }
    for (const OnDone& tell : done.request.on_done) {
        if (tell) {
            tell(status);
        }
    }
    if (next_ && !under_way_) {
        Request request = *std::exchange(next_, std::nullopt);
        load(std::move(request), file_.read());
    }
}

void Reloader::record(const base::Status& status, const Load& load, const std::string& changes) {
    const std::string& trigger = load.request.trigger;
    const bool is_as_before = view_.last.applied == static_cast<bool>(status);
    view_.last = {.at = load.begun,
                  .trigger = trigger,
                  .applied = static_cast<bool>(status),
                  .reason = status ? changes : status.error().message,
                  .outcome_since = is_as_before ? view_.last.outcome_since : load.begun};
    if (!status) {
        ++view_.refused;
        log().error({.event = LogEvent::config_refused, .cause = view_.last.reason},
                    "configuration not loaded ({}), the old one stays: {}", trigger,
                    view_.last.reason);
        return;
    }
    view_.loaded_at = load.begun;
    log().info({LogEvent::config_loaded}, "configuration {} loaded ({}), generation {}: {}",
               view_.file, trigger, ++view_.generation, view_.last.reason);
    for (const std::string& path : view_.waiting_for_restart) {
        log().warn({LogEvent::config_needs_restart}, "{} has changed in {}: it takes a restart",
                   path, view_.file);
    }
}

admin::ConfigView Reloader::view() const {
    return view_;
}

}  // namespace ringside::app
