// Loads the configuration again when it is told to, and keeps a record of it.
//
// All or nothing: a file that cannot be read, is wrong, or asks for an address that cannot be bound
// changes nothing (docs/decisions/014-live-reload.md). Owned by App; control thread only.
#pragma once

#include "admin/context.h"
#include "app/config_file.h"
#include "base/expected.h"
#include "config/config.h"

#include <functional>
#include <string>
#include <string_view>

namespace ringside::app {

class Reloader {
  public:
    // Puts `config` in force, or says why it cannot and leaves everything as it was.
    using Apply = std::function<base::Status(const config::Config& config)>;

    // `running` is in force, and came from this text of the file.
    Reloader(ConfigFile file, std::string text, config::Config running, Apply apply);

    // Loads the file and applies it. The outcome is logged and part of view() as well. `trigger` is
    // for people: "SIGHUP".
    base::Status reload(std::string_view trigger);

    // As reload(), if the file's bytes are others than at the last attempt. For a watch, which
    // cannot tell, and so that one mistake is reported once.
    void reload_if_changed(std::string_view trigger);

    const config::Config& running() const noexcept { return running_; }
    const std::string& path() const noexcept { return file_.path(); }
    admin::ConfigView view() const;

  private:
    base::Status attempt(const base::Expected<std::string>& text);
    base::Status load(const base::Expected<std::string>& text, std::string_view trigger);

    const ConfigFile file_;
    const Apply apply_;
    const config::Explanation at_start_;
    std::string text_;  // of the last attempt
    config::Config running_;
    admin::ConfigView view_;
};

}  // namespace ringside::app
