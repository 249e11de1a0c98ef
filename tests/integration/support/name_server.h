// A real nameserver: dnsmasq, with the records that a test gives it.
#pragma once

#include "integration/support/servers.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ringside::testing {

// Answers for the records in its command line only, on UDP and TCP, and has NXDOMAIN for all else
// below "test"; other names are refused.
class NameServer : public Server {
  public:
    // dnsmasq(8): "--host-record=a.test,10.0.0.1,5" (name, address, TTL).
    explicit NameServer(const std::vector<std::string>& records);
    // On the port of one that has ended.
    NameServer(std::uint16_t port, const std::vector<std::string>& records);
};

}  // namespace ringside::testing
