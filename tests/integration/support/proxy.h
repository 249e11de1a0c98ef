// A running ringside.
#pragma once

#include "integration/support/network.h"
#include "integration/support/process.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {

struct ProxyOptions {
    // The configuration without `ringside:`, which the harness writes.
    std::string pools;
    // More lines of `ringside:`, indented by two blanks. Without `drain` there is no grace.
    std::string settings = "  workers: 1\n";
    std::vector<std::string> environment = {};
    // False: returns as soon as the admin API answers, for tests of what happens before ready.
    bool wait_until_ready = true;
};

class Proxy {
  public:
    explicit Proxy(ProxyOptions options);

    std::uint16_t admin_port() const noexcept { return admin_port_; }
    std::uint16_t stats_port() const noexcept { return stats_port_; }
    // Of the configuration file, to be changed under it.
    std::string config_path() const { return directory_.file("ringside.yml"); }
    Process& process() noexcept { return process_; }

    HttpAnswer get(std::string_view target) const { return http(admin_port_, "GET", target); }
    HttpAnswer post(std::string_view target) const { return http(admin_port_, "POST", target); }

    // Has these pools in the file from now on, which is not loaded by this.
    void write_config(const std::string& pools);
    // Has these pools instead, all workers. Throws if they are refused.
    void reload(const std::string& pools);

    // Until `GET target` has a body with `text`; returns that body.
    std::string wait_for_body(std::string_view target, std::string_view text);
    void wait_until(const std::function<bool()>& condition, std::string_view what) {
        process_.wait_until(condition, what);
    }

    // bin/ringctl with this proxy's admin address.
    Outcome ringctl(std::vector<std::string> words) const;

  private:
    TemporaryDirectory directory_;
    std::uint16_t admin_port_;
    std::uint16_t stats_port_;
    std::string settings_;  // `ringside:` of the file
    Process process_;
};

}  // namespace ringside::testing
