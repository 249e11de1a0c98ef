// nutcracker and a Ringside with `strict_twemproxy: true`, side by side: the same pool twice,
// before nodes of its own each.
#pragma once

#include "integration/support/network.h"
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace ringside::testing {

// Everything that comes back for a request and what follows it: `marker`, to see whether the
// connection goes on, which ends in a request to close it. Not by closing our half: nutcracker may
// not notice that if it comes together with the last bytes. In one piece, so that whoever closes
// has read it all and no answer is lost in a reset.
inline std::string answers_to(const std::string& path, const std::string& request,
                              const std::string& marker) {
    Client client(path);
    client.send(request + marker);
    return client.read_to_end();
}

template <typename Node, std::size_t kNodes = 2>
class StrictPair {
  public:
    explicit StrictPair(std::vector<std::string> settings)
        : nutcracker_(pool_before(nutcracker_nodes_, nutcracker_path(), settings),
                      nutcracker_path()),
          ringside_({.pools = [&] {
              settings.emplace_back("strict_twemproxy: true");
              return pool_before(ringside_nodes_, ringside_path(), settings);
          }()}) {}

    std::string nutcracker_path() const { return directory_.file("nutcracker.sock"); }
    std::string ringside_path() const { return directory_.file("ringside.sock"); }

    void expect_same(const std::string& request, const std::string& marker) {
        EXPECT_EQ(answers_to(ringside_path(), request, marker),
                  answers_to(nutcracker_path(), request, marker))
            << request.substr(0, 300);
    }

  private:
    using Nodes = std::array<Node, kNodes>;

    TemporaryDirectory directory_;
    Nodes nutcracker_nodes_;
    Nodes ringside_nodes_;
    Nutcracker nutcracker_;
    Proxy ringside_;
};

}  // namespace ringside::testing
