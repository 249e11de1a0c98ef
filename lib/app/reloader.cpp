#include "app/reloader.h"

#include "base/log.h"
#include "config/difference.h"

#include <fmt/core.h>

#include <utility>

namespace ringside::app {

using base::log;

Reloader::Reloader(ConfigFile file, std::string text, config::Config running, Apply apply)
    : file_(std::move(file)),
      apply_(std::move(apply)),
      at_start_(running.explanation),
      text_(std::move(text)),
      running_(std::move(running)) {
    view_.file = file_.path();
    view_.loaded_at = std::chrono::system_clock::now();
    view_.last = {.at = view_.loaded_at, .trigger = "start", .applied = true, .reason = {}};
}

base::Status Reloader::reload(std::string_view trigger) {
    return load(file_.read(), trigger);
}

void Reloader::reload_if_changed(std::string_view trigger) {
    const auto text = file_.read();
    // While a file is replaced it may be away for a moment; its return is an event of its own.
    if (!text || *text == text_) {
        return;
    }
    [[maybe_unused]] const base::Status told = load(text, trigger);
}

base::Status Reloader::load(const base::Expected<std::string>& text, std::string_view trigger) {
    view_.last = {.at = std::chrono::system_clock::now(),
                  .trigger = std::string(trigger),
                  .applied = false,
                  .reason = {}};
    const base::Status status = attempt(text);
    if (!status) {
        ++view_.refused;
        view_.last.reason = status.error().message;
        log().error("configuration not loaded ({}), the old one stays: {}", trigger,
                    view_.last.reason);
        return status;
    }
    view_.last.applied = true;
    view_.loaded_at = view_.last.at;
    log().info("configuration {} loaded ({}), generation {}: {}", view_.file, trigger,
               ++view_.generation, view_.last.reason);
    for (const std::string& path : view_.waiting_for_restart) {
        log().warn("{} has changed in {}: it takes a restart", path, view_.file);
    }
    return status;
}

base::Status Reloader::attempt(const base::Expected<std::string>& text) {
    if (!text) {
        return text.error();
    }
    text_ = *text;
    auto config = file_.parse(*text);
    if (!config) {
        return config.error();
    }
    if (const base::Status applied = apply_(*config); !applied) {
        return applied;
    }
    view_.last.reason = config::describe_changes(running_, *config);
    view_.waiting_for_restart = config::waiting_for_restart(at_start_, config->explanation);
    running_ = std::move(*config);
    return base::Done{};
}

admin::ConfigView Reloader::view() const {
    return view_;
}

}  // namespace ringside::app
