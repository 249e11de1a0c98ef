// The machine of DNS in its world, before and after its first list.
#pragma once

#include "base/clock.h"
#include "config/source.h"
#include "dns_zone.h"
#include "routing/membership.h"
#include "source_world.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace ringside::discovery {

inline config::DnsSource named(std::vector<std::string> hosts) {
    config::DnsSource source;
    for (const std::string& host : hosts) {
        source.names.push_back({host, 11211});
    }
    return source;
}

inline std::vector<std::string> names(const routing::Membership& list) {
    std::vector<std::string> names;
    for (const routing::Member& member : list.members) {
        names.push_back(member.name);
    }
    return names;
}

class DnsMachineTest : public testing::Test {
  protected:
    DnsMachineTest() { world.pause_max = base::seconds(400); }

    // Starts, with these addresses of the name.
    void start_with(const std::vector<std::string>& addresses) {
        world.records["cache.test A"] = ips(addresses);
        world.start();
        world.run_until_told();
        ASSERT_EQ(world.lists.size(), 1U) << world.last_failure();
        world.asked.clear();
    }
    config::DnsSource& settings() { return std::get<config::DnsSource>(world.settings); }
    base::milliseconds pause() const {
        return std::chrono::duration_cast<base::milliseconds>(world.wake_at - world.now);
    }

    SourceWorld world{named({"cache.test."})};
};

class SrvMachineTest : public testing::Test {
  protected:
    SrvMachineTest() { world.pause_max = base::seconds(400); }

    void start_with(std::vector<io::DnsRecord> targets) {
        world.records["_m._tcp.cache.test SRV"] = services(std::move(targets));
        world.start();
        world.run_until_told();
        ASSERT_EQ(world.lists.size(), 1U) << world.last_failure();
        world.asked.clear();
    }

    const io::DnsRecord a{.host = "a.test", .port = 11211, .weight = 10};
    const io::DnsRecord b{.host = "b.test", .port = 11212, .weight = 30};
    SourceWorld world{config::SrvSource{.name = "_m._tcp.cache.test.", .times = {}}};
};

}  // namespace ringside::discovery
