#include "serve.h"

#include "base/log.h"
#include "commands.h"
#include "exit_code.h"
#include "io/event_loop.h"
#include "service.h"

#include <boost/asio/signal_set.hpp>
#include <fmt/core.h>

#include <csignal>
#include <functional>

namespace ringside::injector {
namespace {

using base::log;
using base::LogEvent;

// Says what is missing; empty: nothing.
std::string missing(const Options& options) {
    if (!options.listen || options.cert_file.empty() || options.key_file.empty()) {
        return "--listen, --cert-file and --key-file are needed";
    }
    for (const auto* listen : {&options.listen, &options.probes}) {
        if (*listen && (*listen)->address.is_name()) {
            return fmt::format("{} needs an IP, as in 0.0.0.0:8443", (*listen)->text);
        }
    }
    return "";
}

// Tells the service of each SIGTERM and SIGINT.
class EndSignals {
  public:
    EndSignals(io::EventLoop& loop, Service& service)
        : signals_(loop.context(), SIGTERM, SIGINT), service_(service) {
        wait();
    }

  private:
    void wait() {
        signals_.async_wait([this](const boost::system::error_code& failure, int number) {
            if (!failure) {
                service_.end(number == SIGTERM ? "SIGTERM" : "SIGINT");
                wait();
            }
        });
    }

    boost::asio::signal_set signals_;
    Service& service_;
};

}  // namespace

int run_serve(const Options& options) {
    if (const std::string problem = missing(options); !problem.empty()) {
        return fail(kExitUsage, problem + "; see ringside-injector help serve");
    }
    auto injected = read_template(options);
    if (!injected) {
        return fail(kExitFailed, injected.error().message);
    }
    std::signal(SIGPIPE, SIG_IGN);  // a broken connection is an error value here
    log().set_format(options.log_format);
    log().set_level(options.log_level);
    log().info({LogEvent::started}, "ringside-injector {} starts", RINGSIDE_VERSION);
    io::EventLoop loop;
    const auto service = Service::open(loop, options, std::move(*injected));
    if (!service) {
        log().flush();  // before standard error is written to
        return fail(kExitFailed, service.error().message);
    }
    const EndSignals signals(loop, **service);
    loop.run();
    log().info({LogEvent::stopped}, "ringside-injector ends");
    log().flush();
    return kExitOk;
}

}  // namespace ringside::injector
