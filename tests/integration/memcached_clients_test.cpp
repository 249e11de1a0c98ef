// The memcached clients that Debian has, text protocol, unchanged: what they rely on beyond the
// letter of the protocol. The scripts are in clients/.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "support/checkout.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

class MemcachedClients : public ::testing::Test {
  protected:
    // Runs a program with the address of the pool as its last arguments.
    void expect_success(std::vector<std::string> command, std::vector<std::string> address) {
        command.insert(command.end(), address.begin(), address.end());
        const Outcome outcome = run(std::move(command));
        EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
    }

    void expect_script_succeeds(const std::string& interpreter, const std::string& script) {
        expect_success({interpreter, checkout::path("tests/integration/clients/" + script)},
                       {"127.0.0.1", std::to_string(port_)});
    }

    std::array<MemcachedNode, 3> nodes_;
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pool_before(nodes_, port_, {"flush_all: true"})}};
};

// Debian's interpreters by their paths: another python3 in PATH would not find the modules.
TEST_F(MemcachedClients, pymemcache) {
    expect_script_succeeds("/usr/bin/python3", "memcached_pymemcache.py");
}

TEST_F(MemcachedClients, pylibmc) {
    expect_script_succeeds("/usr/bin/python3", "memcached_pylibmc.py");
}

TEST_F(MemcachedClients, cache_memcached_fast_and_cache_memcached) {
    expect_script_succeeds("/usr/bin/perl", "memcached_perl.pl");
}

TEST_F(MemcachedClients, php_memcached) {
    expect_script_succeeds("/usr/bin/php", "memcached_php.php");
}

// libmemcached's own test of how well a server speaks the protocol.
TEST_F(MemcachedClients, memccapable_finds_nothing_wrong) {
    expect_success({"/usr/bin/memccapable", "-a", "-t", "30"},
                   {"-h", "127.0.0.1", "-p", std::to_string(port_)});
}

}  // namespace
}  // namespace ringside::testing
