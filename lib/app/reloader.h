// Loads the configuration again when it is told to, and keeps a record of it.
//
// All or nothing: a file that cannot be read, is wrong, or asks for an address that cannot be bound
// changes nothing (docs/decisions/014-live-reload.md). A load may have to wait for host names; it
// then goes on later, and the process with its work meanwhile
// (docs/decisions/037-a-load-waits-for-names.md). Owned by App; control thread only.
#pragma once

#include "admin/context.h"
#include "app/config_file.h"
#include "app/listen_names.h"
#include "base/expected.h"
#include "config/config.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::app {

class Reloader {
  public:
    struct Hooks {
        // Finds the names that `config` listens on: `on_found` is called once, later, unless the
        // result is dropped. Null: it listens on none.
        std::function<std::shared_ptr<void>(const config::Config& config,
                                            std::function<void(const FoundNames&)> on_found)>
            find_names;
        // Puts `config` in force, or says why it cannot and leaves everything as it was.
        std::function<base::Status(const config::Config& config, const FoundNames& names)> apply;
        // Told that a load has begun, and that it is over, well or not. Null: nobody.
        std::function<void()> loading = nullptr;
        std::function<void()> loaded = nullptr;
    };
    using OnDone = admin::OnReloaded;

    // `running` is in force, and came from this text of the file.
    Reloader(ConfigFile file, std::string text, config::Config running, Hooks hooks);

    // Loads the file and applies it. The outcome is logged and part of view() as well. `trigger` is
    // for people: "SIGHUP". While a load is under way this asks for one more after it, however
    // often it is called. `on_done` is told the outcome of the load that has begun after this call,
    // inside it or later.
    void reload(std::string_view trigger, OnDone on_done = nullptr);

    // As reload(), if the file's bytes are others than at the last attempt, or those of a file with
    // a password than when it was loaded. For a watch, which cannot tell, and so that one mistake
    // is reported once.
    void reload_if_changed(std::string_view trigger);

    // The process ends: refuses the load that is under way, and all that follow.
    void end();

    const config::Config& running() const noexcept { return running_; }
    const std::string& path() const noexcept { return file_.path(); }
    admin::ConfigView view() const;

  private:
    // Who wants a load.
    struct Request {
        std::string trigger;
        std::vector<OnDone> on_done;
    };
    struct Load {
        Request request;
        std::chrono::system_clock::time_point begun;
        std::optional<config::Config> config = {};  // of the file, once it is known to be right
        std::shared_ptr<void> question = {};        // for names
    };

    bool has_new_password() const;
    void load(Request request, const base::Expected<std::string>& text);
    base::Status read(const base::Expected<std::string>& text);
    void apply(const FoundNames& names);
    void finish(const base::Status& status);
    void record(const base::Status& status, const Load& load, const std::string& changes);

    const ConfigFile file_;
    const Hooks hooks_;
    const config::Explanation at_start_;
    std::string text_;  // of the last attempt
    config::Config running_;
    admin::ConfigView view_;
    std::optional<Load> under_way_;
    std::optional<Request> next_;
    bool ended_ = false;
};

}  // namespace ringside::app
