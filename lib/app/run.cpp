#include "app/run.h"

#include "app/app.h"
#include "app/config_file.h"
#include "app/crash_line.h"
#include "app/daemon.h"
#include "app/pid_file.h"
#include "app/process.h"
#include "base/log.h"
#include "config/workers.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <utility>

namespace ringside::app {
namespace {

using base::log;
using base::LogEvent;

base::Status open_log(const Options& options) {
    log().set_level(base::level_of_verbosity(options.verbosity));
    if (const auto opened = leave_crash_line_in(options.log_file); !opened) {
        return opened;
    }
    return options.log_file.empty() ? base::Status(base::Done{}) : log().open(options.log_file);
}

void log_start(const Options& options, std::uint64_t files_max) {
    log().info({LogEvent::started}, "ringside {} starts: configuration {}, at most {} open files",
               RINGSIDE_VERSION, options.conf_file, files_max);
    for (const char* name : {"mbuf-size", "stats-interval"}) {
        if (const OptionValue* value = options.find_value(name)) {
            log().info({LogEvent::option_without_effect}, "{}: {} {} has no effect", value->source,
                       name, value->text);
        }
    }
}

// `report`: in a daemon, told as soon as clients can connect.
base::Status serve(const Options& options, std::optional<StartReport>& report) {
    ConfigFile file(options);
    auto text = file.read();
    if (!text) {
        return text.error();
    }
    auto config = file.parse(*text);
    if (!config) {
        return config.error();
    }
    log().set_format(config->process.log_format);
    const std::uint64_t files_max = prepare_process();
    log_start(options, files_max);
    std::optional<PidFile> pid_file;
    if (!options.pid_file.empty()) {
        auto created = PidFile::create(options.pid_file);
        if (!created) {
            return created.error();
        }
        pid_file.emplace(std::move(*created));
    }
    const auto read_environment = [](const char* name) -> const char* { return std::getenv(name); };
    const std::uint32_t worker_count = config::worker_count(config->process.workers);
    auto app =
        App::open(std::move(*config),
                  {.worker_count = worker_count,
                   .verbosity = options.verbosity,
                   .files_max = files_max,
                   .log_file = options.log_file,
                   .file = std::move(file),
                   .text = std::move(*text),
                   .service_manager = ServiceManager::contact(read_environment, ::getpid())});
    if (!app) {
        return app.error();
    }
    if (report) {
        report->succeeded();
    }
    (*app)->run();
    return base::Done{};
}

}  // namespace

base::Status run(const Options& options) {
    std::optional<StartReport> report;
    if (options.daemonize) {
        auto daemon = become_daemon(options.program);
        if (!daemon) {
            return daemon.error();
        }
        report.emplace(std::move(*daemon));
        if (options.as_nutcracker) {
            ::umask(0);  // nc.c, nc_daemonize: unix sockets without a mode are open to everybody
        }
    }
    const base::Status opened = open_log(options);
    const base::Status served = opened ? serve(options, report) : opened;
    if (!served) {
        if (report) {
            report->failed(served.error().message);
        }
        if (opened && !options.log_file.empty()) {  // on stderr main() tells it
            log().error({.event = LogEvent::failed, .cause = served.error().message}, "{}",
                        served.error().message);
        }
        log().flush();  // before main() writes to stderr
    }
    return served;
}

}  // namespace ringside::app
