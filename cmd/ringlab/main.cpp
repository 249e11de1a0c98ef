// ringlab: a small cluster on this machine with a source that tells its nodes, for people without
// one and for tests.
// `ringlab start` runs the lab; every other call is a message to it.
#include "cluster.h"
#include "control.h"
#include "options.h"
#include "played_source.h"
#include "status_text.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/core.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>

namespace {

namespace asio = boost::asio;
namespace base = ringside::base;
using namespace ringside::lab;

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

int fail(const base::Error& error, int exit_code) {
    fmt::print(stderr, "ringlab: {}\n", error.message);
    return exit_code;
}

// The nodes first, so that the first question already has its answer.
asio::awaitable<base::Status> start_nodes_and_source(Cluster& cluster, PlayedSource& source,
                                                     std::uint32_t nodes) {
    for (std::uint32_t i = 0; i < nodes; ++i) {
        const base::Status added = co_await cluster.add();
        if (!added) {
            co_return added;
        }
    }
    co_return co_await source.open();
}

int run_lab(const Options& options) {
    // Outlives the context, whose waiting coroutines may hold processes of removed nodes.
    Cluster cluster({.memcached = options.memcached,
                     .memory_mb = options.memory_mb,
                     .localhost_names = options.localhost_names,
                     .one_port = options.source == SourceKind::dns,
                     .linger = options.linger});
    asio::io_context context;
    asio::signal_set signals(context, SIGINT, SIGTERM, SIGHUP);
    signals.async_wait([&context](const auto&, int) { context.stop(); });
    PlayedSource source(context.get_executor(), cluster,
                        {.kind = options.source,
                         .port = options.port,
                         .directory = std::filesystem::absolute(options.directory),
                         .dnsmasq = options.dnsmasq});
    ControlServer control(context.get_executor(), cluster, source, [&context] { context.stop(); });
    if (const auto opened = control.open(options.directory); !opened) {
        return fail(opened.error(), kExitFailed);
    }

    base::Status started = base::Done{};
    const auto start = [&]() -> asio::awaitable<void> {
        started = co_await start_nodes_and_source(cluster, source, options.nodes);
        if (!started) {
            context.stop();
            co_return;
        }
        fmt::print("control {}\n{}ready\n", control.socket_path(), status_lines(cluster, source));
        std::fflush(stdout);
    };
    asio::co_spawn(context, start, asio::detached);
    context.run();
    source.close();
    return started ? 0 : fail(started.error(), kExitFailed);
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = parse_options(std::span<const char* const>(argv, argv + argc).subspan(1));
    if (!options) {
        return fail(options.error(), kExitUsage);
    }
    if (options->help) {
        fmt::print("{}", help_text());
        return 0;
    }
    if (options->words.front() == "start") {
        return run_lab(*options);
    }
    const auto answer = send_command(*options);
    if (!answer) {
        return fail(answer.error(), kExitFailed);
    }
    fmt::print("{}", *answer);
    return 0;
}
