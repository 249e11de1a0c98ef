#include "app/nutcracker_name.h"

#include "app/options.h"

#include <unistd.h>

namespace ringside::app {
namespace {

// Debian's package patches nc.c to these; its service runs nutcracker without options.
constexpr const char* kDebianConfFile = "/etc/nutcracker/nutcracker.yml";
constexpr const char* kDebianLogFolder = "/var/log/nutcracker";
constexpr const char* kDebianLogFile = "/var/log/nutcracker/nutcracker.log";
constexpr const char* kDebianPidFolder = "/run/nutcracker";
constexpr const char* kDebianPidFile = "/run/nutcracker/nutcracker.pid";

// nc.c, NC_CONF_PATH. Upstream logs to stderr and writes no pid file.
constexpr const char* kUpstreamConfFile = "conf/nutcracker.yml";

bool is_given(const Options& options, std::string_view name) {
    const OptionValue* value = options.find_value(name);
    return value != nullptr && value->source != kSourceDefault;
}

void set_default(Options& options, std::string_view name, std::string Options::*file,
                 const char* path) {
    options.*file = path;
    for (OptionValue& value : options.values) {
        if (value.name == name) {
            value.text = path;
            return;
        }
    }
    options.values.push_back({name, path, std::string(kSourceDefault)});
}

}  // namespace

std::string nutcracker_version() {
    return "This is nutcracker-0.5.0\nasync event backend: epoll\nringside " RINGSIDE_VERSION
           "\n\n";
}

void take_nutcracker_files(Options& options) {
    if (!is_given(options, "conf-file")) {
        const bool is_debian = ::access(kDebianConfFile, F_OK) == 0;
        set_default(options, "conf-file", &Options::conf_file,
                    is_debian ? kDebianConfFile : kUpstreamConfFile);
    }
    if (!is_given(options, "output") && ::access(kDebianLogFolder, W_OK) == 0) {
        set_default(options, "output", &Options::log_file, kDebianLogFile);
    }
    // Debian's nutcracker writes it as a daemon only.
    if (!is_given(options, "pid-file") && options.daemonize &&
        ::access(kDebianPidFolder, W_OK) == 0) {
        set_default(options, "pid-file", &Options::pid_file, kDebianPidFile);
    }
}

}  // namespace ringside::app
