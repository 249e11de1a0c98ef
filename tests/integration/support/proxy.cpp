#include "integration/support/proxy.h"

#include <fmt/core.h>

#include <utility>

namespace ringside::testing {
namespace {

std::vector<std::string> start_command(const TemporaryDirectory& directory,
                                       std::uint16_t admin_port, std::uint16_t stats_port,
                                       const ProxyOptions& options) {
    const std::string yaml =
        fmt::format("ringside:\n  admin: 127.0.0.1:{}\n  stats: 127.0.0.1:{}\n{}{}", admin_port,
                    stats_port, options.settings, options.pools);
    return {program("ringside"), "-c", directory.write("ringside.yml", yaml)};
}

}  // namespace

Proxy::Proxy(ProxyOptions options)
    : admin_port_(free_port()),
      stats_port_(free_port()),
      process_(start_command(directory_, admin_port_, stats_port_, options), options.environment) {
    process_.wait_until([this] { return accepts(admin_port_); }, "the admin API");
    if (options.wait_until_ready) {
        process_.wait_until([this] { return get("/readyz").status == 200; }, "readiness");
    }
}

std::string Proxy::wait_for_body(std::string_view target, std::string_view text) {
    std::string body;
    const auto has_text = [this, target, text, &body] {
        body = get(target).body;
        return body.find(text) != std::string::npos;
    };
    process_.wait_until(has_text, fmt::format("'{}' in {}", text, target));
    return body;
}

Outcome Proxy::ringctl(std::vector<std::string> words) const {
    std::vector<std::string> command{program("ringctl"), "--admin",
                                     fmt::format("127.0.0.1:{}", admin_port_)};
    command.insert(command.end(), words.begin(), words.end());
    return run(std::move(command));
}

}  // namespace ringside::testing
