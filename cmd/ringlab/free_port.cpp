#include "free_port.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <random>

namespace ringside::lab {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr int kPortTriesMax = 50;

// Below the range that the kernel takes client ports from (net.ipv4.ip_local_port_range): a node
// that is down finds its port free when it is started again.
constexpr int kPortMin = 20'000;
constexpr int kPortMax = 32'000;

bool port_is_free(asio::io_context& context, const asio::ip::address& ip, std::uint16_t port) {
    boost::system::error_code error;
    tcp::socket probe(context, tcp::v4());
    probe.bind(tcp::endpoint(ip, port), error);
    return !error;
}

}  // namespace

std::optional<std::uint16_t> pick_port(const std::string& ip) {
    asio::io_context context;
    std::random_device random;
    std::uniform_int_distribution<int> ports(kPortMin, kPortMax);
    for (int i = 0; i < kPortTriesMax; ++i) {
        const auto port = static_cast<std::uint16_t>(ports(random));
        if (port_is_free(context, asio::ip::make_address(ip), port)) {
            return port;
        }
    }
    return std::nullopt;
}

}  // namespace ringside::lab
