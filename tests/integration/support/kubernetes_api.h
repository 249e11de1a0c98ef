// A stand-in for the API server of Kubernetes (tests/integration/support/kubernetes_api.py).
#pragma once

#include "integration/support/network.h"
#include "integration/support/process.h"
#include "integration/support/temporary_directory.h"
#include "support/certificates.h"
#include "support/checkout.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {

// Serves the service cache in the namespace app to whoever has the token "first", as
// localhost. Its files are such as a pod has.
class KubernetesApi {
  public:
    enum class Clients { any, with_certificate };

    explicit KubernetesApi(Clients clients = Clients::any)
        : port_(free_port()), control_(free_port()) {
        const Authority authority;
        const Identity identity = authority.sign("DNS:localhost");
        const Identity client = authority.sign("DNS:ringside.test");
        directory_.write("client.crt", client.certificate);
        directory_.write("client.key", client.key);
        directory_.write("ca.crt", authority.certificate());
        write_token("first");
        std::vector<std::string> command{
            "python3",   checkout::path("tests/integration/support/kubernetes_api.py"),
            "--port",    std::to_string(port_),
            "--control", std::to_string(control_),
            "--cert",    directory_.write("server.crt", identity.certificate),
            "--key",     directory_.write("server.key", identity.key)};
        if (clients == Clients::with_certificate) {
            command.insert(command.end(), {"--client-ca", ca_file()});
        }
        process_.emplace(command);
        process_->wait_until([this] { return accepts(port_) && accepts(control_); },
                             "the API server");
    }

    std::uint16_t port() const noexcept { return port_; }
    std::string ca_file() const { return directory_.file("ca.crt"); }
    // A certificate that it takes of a client, and its key.
    std::string client_cert_file() const { return directory_.file("client.crt"); }
    std::string client_key_file() const { return directory_.file("client.key"); }
    std::string token_file() const { return directory_.file("token"); }
    // As the kubelet does it, with a line end that no token has.
    void write_token(std::string_view token) const {
        std::filesystem::rename(directory_.write("token.new", std::string(token) + "\n"),
                                token_file());
    }

    void set(const nlohmann::json& slice) const { control("/slice", slice.dump()); }
    void remove(const std::string& slice) const { control("/delete?" + slice); }
    void control(std::string_view target, std::string_view body = {}) const {
        http(control_, "POST", target, body);
    }
    std::string requests() const { return http(control_, "GET", "/requests").body; }

  private:
    TemporaryDirectory directory_;
    std::uint16_t port_;
    std::uint16_t control_;
    std::optional<Process> process_;
};

}  // namespace ringside::testing
