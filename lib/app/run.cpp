#include "app/run.h"

#include "app/app.h"
#include "app/config_file.h"
#include "app/crash_line.h"
#include "app/daemon.h"
#include "app/pid_file.h"
#include "app/process.h"
#include "app/take_over.h"
#include "base/log.h"
#include "config/workers.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <utility>

namespace ringside::app {
namespace {

using base::Expected;
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

base::Status write_pid(const Options& options, pid_t predecessor,
                       std::optional<PidFile>& destination) {
    if (options.pid_file.empty()) {
        return base::Done{};
    }
    auto created = PidFile::create(options.pid_file, predecessor);
    if (!created) {
        return created.error();
    }
    destination.emplace(std::move(*created));
    return base::Done{};
}

// Clients are served by now: without the file, if need be.
void take_pid_file(const Options& options, pid_t predecessor, std::optional<PidFile>& destination) {
    if (const auto written = write_pid(options, predecessor, destination); !written) {
        log().error({.event = LogEvent::takeover, .cause = written.error().message}, "{}",
                    written.error().message);
    }
}

// What systemd starts for a reload is told neither where it listens nor how often it wants a word.
ServiceManager::Contact contact_after(const ServiceManager::Contact& own,
                                      const ServiceManager::Contact& before) {
    return own.socket.empty() || own.socket == before.socket ? before : own;
}

void tell(std::optional<StartReport>& report) {
    if (report) {
        report->succeeded();
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
    auto inheritance = options.takes_over ? ask_for_inheritance(options)
                                          : Expected<std::optional<Inheritance>>(std::nullopt);
    if (!inheritance) {
        return inheritance.error();
    }
    const pid_t predecessor = *inheritance ? (*inheritance)->from : 0;
    std::optional<PidFile> pid_file;
    if (!*inheritance) {
        if (const base::Status written = write_pid(options, predecessor, pid_file); !written) {
            return written;
        }
    }
    const auto read_environment = [](const char* name) -> const char* { return std::getenv(name); };
    const std::uint32_t worker_count = config::worker_count(config->process.workers);
    auto contact = ServiceManager::contact(read_environment, ::getpid());
    if (*inheritance) {
        contact = contact_after(contact, (*inheritance)->service_manager);
    }
    auto app =
        App::open(std::move(*config), {.worker_count = worker_count,
                                       .verbosity = options.verbosity,
                                       .files_max = files_max,
                                       .log_file = options.log_file,
                                       .file = std::move(file),
                                       .text = std::move(*text),
                                       .service_manager = std::move(contact),
                                       .inheritance = std::move(*inheritance),
                                       .on_serving =
                                           [&] {
                                               if (predecessor != 0) {
                                                   take_pid_file(options, predecessor, pid_file);
                                                   tell(report);
                                               }
                                           },
                                       .on_handed_over =
                                           [&pid_file] {
                                               if (pid_file) {
                                                   pid_file->leave();
                                               }
                                           }});
    if (!app) {
        return app.error();
    }
    if (predecessor == 0) {
        tell(report);
    }
    return (*app)->run();
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
