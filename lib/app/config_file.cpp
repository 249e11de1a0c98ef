#include "app/config_file.h"

#include "config/file.h"
#include "config/load.h"

#include <utility>

namespace ringside::app {

ConfigFile::ConfigFile(Options options) : options_(std::move(options)) {}

base::Expected<std::string> ConfigFile::read() const {
    return config::read_file(path());
}

base::Expected<config::Config> ConfigFile::parse(std::string_view text) const {
    auto config = config::load_text(text, path());
    if (config) {
        apply_overrides(options_, *config);
    }
    return config;
}

base::Expected<config::Config> ConfigFile::load() const {
    const auto text = read();
    return text ? parse(*text) : text.error();
}

}  // namespace ringside::app
