// A cache node: an address, and the name under which it stands on the ring.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::routing {

// Where to connect. An IP or a host name with a port, or a unix socket path with port 0.
struct Address {
    std::string host;
    std::uint16_t port = 0;

    bool is_unix() const noexcept { return !host.empty() && host.front() == '/'; }
    // A host name, for which somebody has to be asked: neither an IP nor a unix path.
    bool is_name() const noexcept;
    bool operator==(const Address&) const = default;
};

// "10.0.0.1:11211", "[::1]:11211", "/run/memcached.sock".
std::string to_string(const Address& address);

// Identifies a node of one pool for the life of the process: the same ring name has the same id
// even when its address changes, or when it leaves and comes back. Assigned by the controller.
using NodeId = std::uint32_t;

struct Node {
    NodeId id = 0;
    // The text hashed onto the ring, unique within a pool. It never changes with the address.
    std::string name;
    Address address;
    std::uint32_t weight = 1;  // >= 1

    bool operator==(const Node&) const = default;
};

// twemproxy's ring name of a node without an explicit one: "host:port", only "host" for memcached's
// default port 11211, "/path:" for a unix socket (facts of nutcracker 0.5.0, nc_conf.c).
std::string default_ring_name(const Address& address);

// twemproxy's order of pools and nodes: shorter names first, then bytewise. It decides modula's
// slots, ties on the ring and the order of the stats.
bool ring_name_less(std::string_view a, std::string_view b) noexcept;

}  // namespace ringside::routing
