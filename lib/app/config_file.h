// Where the configuration of a process comes from: the file, with the command line and environment
// over it.
#pragma once

#include "app/options.h"
#include "base/expected.h"
#include "config/config.h"

#include <string>
#include <string_view>

namespace ringside::app {

class ConfigFile {
  public:
    explicit ConfigFile(Options options);

    const std::string& path() const noexcept { return options_.conf_file; }
    // The bytes, to see whether they are others than before.
    base::Expected<std::string> read() const;
    base::Expected<config::Config> parse(std::string_view text) const;
    // Both.
    base::Expected<config::Config> load() const;

  private:
    Options options_;
};

}  // namespace ringside::app
