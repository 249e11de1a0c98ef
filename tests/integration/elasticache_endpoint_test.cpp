// Endpoints that are no configuration endpoint as it should be: real memcacheds, TLS.
#include "integration/support/network.h"
#include "integration/support/proxy.h"
#include "integration/support/scripted_peer.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"
#include "support/certificates.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

ProxyOptions discovering(const std::string& endpoint, std::uint16_t port) {
    return {.pools = fmt::format(
                "pool:\n"
                "  listen: 127.0.0.1:{}\n"
                "  discovery:\n"
                "    elasticache: {{endpoint: \"{}\", interval: 100ms, timeout: 10s}}\n",
                port, endpoint)};
}

TEST(ElastiCacheEndpoint, a_memcached_that_knows_no_list_is_the_only_node) {
    MemcachedNode node;
    const std::uint16_t port = free_port();

    Proxy proxy(discovering(node.address(), port));

    Client client(port);
    EXPECT_EQ(client.ask("set key 0 0 5\r\nvalue\r\n", "\r\n"), "STORED\r\n");
    EXPECT_EQ(node.client().ask("get key\r\n", "END\r\n"), "VALUE key 0 5\r\nvalue\r\nEND\r\n");
    proxy.process().wait_for_text(node.address() + " knows no \"config\" command");
    EXPECT_THAT(proxy.ringctl({"discovery", "pool"}).output, HasSubstr("it is the only node"));
    const Outcome discovered =
        run({program("ringside"), "-c", proxy.config_path(), "--discover", "pool"});
    EXPECT_EQ(discovered.exit_code, 0) << discovered.errors;
    EXPECT_THAT(discovered.output, HasSubstr("it is the only node"));
}

// A cluster that was made anew, whose nodes cannot confirm it: real memcacheds without the command.
TEST(ElastiCacheEndpoint, an_older_list_is_taken_by_the_operators_word) {
    MemcachedNode before, after;
    std::atomic<bool> is_new = false;
    ScriptedPeer endpoint([&](std::string_view) {
        const std::string data = is_new ? fmt::format("4\nnew|127.0.0.1|{}\n", after.port())
                                        : fmt::format("5\nold|127.0.0.1|{}\n", before.port());
        return fmt::format("CONFIG cluster 0 {}\r\n{}\r\nEND\r\n", data.size(), data);
    });
    Proxy proxy(discovering(endpoint.address(), free_port()));
    is_new = true;
    proxy.process().wait_for_text(
        "version 4 is older than 5, which stays (ringctl refresh POOL --accept-older takes it)");
    EXPECT_THAT(proxy.get("/pools/pool").body, HasSubstr("\"old:"));
    EXPECT_EQ(proxy.post("/pools/pool/refresh?accept=any").status, 400);

    const Outcome asked = proxy.ringctl({"refresh", "pool", "--accept-older"});

    EXPECT_EQ(asked.exit_code, 0) << asked.errors;
    // All nodes leave at once, so change_max has it said three times, as of any list.
    proxy.wait_for_body("/pools/pool", "\"new:");
    proxy.process().wait_for_text("version 4 taken by the operator's word");
}

// A real server with TLS that is asked in plain text.
class TlsEndpoint {
  public:
    TlsEndpoint() : port_(free_port()) {
        const Identity identity = Authority().sign("DNS:cfg.test,IP:127.0.0.1");
        std::ofstream(directory_.file("cert.pem")) << identity.certificate;
        std::ofstream(directory_.file("key.pem")) << identity.key;
        process_.emplace(std::vector<std::string>{"openssl", "s_server", "-accept", address(),
                                                  "-cert", directory_.file("cert.pem"), "-key",
                                                  directory_.file("key.pem"), "-quiet"});
        process_->wait_until([this] { return accepts(port_); }, "openssl s_server");
    }
    std::string address() const { return fmt::format("127.0.0.1:{}", port_); }

  private:
    TemporaryDirectory directory_;
    std::uint16_t port_;
    std::optional<Process> process_;
};

TEST(ElastiCacheEndpoint, one_that_speaks_tls_is_refused_by_name) {
    TlsEndpoint endpoint;
    ProxyOptions options = discovering(endpoint.address(), free_port());
    options.wait_until_ready = false;

    Proxy proxy(options);

    proxy.process().wait_for_text("gave no usable list");
    EXPECT_THAT(proxy.process().errors(), HasSubstr("TLS"));
    EXPECT_THAT(proxy.get("/pools/pool/discovery").body, HasSubstr("TLS"));
}

TEST(ElastiCacheEndpoint, an_alert_of_tls_is_recognised_though_the_connection_stays) {
    ScriptedPeer endpoint(
        [](std::string_view) { return std::string("\x15\x03\x01\0\x02\x02\x46", 7); });
    ProxyOptions options = discovering(endpoint.address(), free_port());
    options.wait_until_ready = false;

    Proxy proxy(options);

    proxy.process().wait_for_text("the endpoint speaks TLS, which is not supported yet");
}

}  // namespace
}  // namespace ringside::testing
