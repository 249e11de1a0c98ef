#include "integration/support/proxy.h"

#include <fmt/core.h>

#include <stdexcept>
#include <utility>

namespace ringside::testing {
namespace {

constexpr const char* kFile = "ringside.yml";

// How it ends: at once, unless the test says otherwise.
std::string drain_of(const ProxyOptions& options) {
    const bool is_told = options.settings.find("drain:") != std::string::npos;
    return is_told ? "" : "  drain: {grace: 0}\n";
}

}  // namespace

Proxy::Proxy(ProxyOptions options)
    : admin_port_(free_port()),
      stats_port_(free_port()),
      settings_(fmt::format("ringside:\n  admin: 127.0.0.1:{}\n  stats: 127.0.0.1:{}\n{}{}",
                            admin_port_, stats_port_, drain_of(options), options.settings)),
      process_({program("ringside"), "-c", directory_.write(kFile, settings_ + options.pools)},
               options.environment) {
    process_.wait_until([this] { return accepts(admin_port_); }, "the admin API");
    if (options.wait_until_ready) {
        process_.wait_until([this] { return get("/readyz").status == 200; }, "readiness");
    }
}

void Proxy::write_config(const std::string& pools) {
    directory_.write(kFile, settings_ + pools);
}

void Proxy::reload(const std::string& pools) {
    write_config(pools);
    const HttpAnswer answer = post("/config/reload");
    if (answer.status != 200) {
        throw std::runtime_error("the configuration is refused: " + answer.body);
    }
    wait_for_body("/snapshot", "\"converged\": true");
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
