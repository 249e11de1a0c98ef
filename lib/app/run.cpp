#include "app/run.h"

#include "app/app.h"
#include "app/process.h"
#include "base/log.h"
#include "config/load.h"
#include "config/workers.h"

#include <utility>

namespace ringside::app {

base::Status run(const Options& options) {
    auto config = config::load_file(options.conf_file);
    if (!config) {
        return config.error();
    }
    apply_overrides(options, config->process);
    base::log().set_level(options.log_level);
    if (!options.log_file.empty()) {
        if (const auto opened = base::log().open(options.log_file); !opened) {
            return opened.error();
        }
    }
    const auto files_max = prepare_process();
    base::log().info("ringside {} starts: configuration {}, at most {} open files",
                     RINGSIDE_VERSION, options.conf_file, files_max);
    const std::uint32_t worker_count = config::worker_count(config->process.workers);
    auto app = App::open(std::move(*config), worker_count);
    if (!app) {
        return app.error();
    }
    (*app)->run();
    return base::Done{};
}

}  // namespace ringside::app
