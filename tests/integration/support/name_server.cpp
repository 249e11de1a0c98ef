#include "integration/support/name_server.h"

namespace ringside::testing {
namespace {

std::vector<std::string> dnsmasq_command(std::uint16_t port,
                                         const std::vector<std::string>& records) {
    std::vector<std::string> command{"dnsmasq",
                                     "--keep-in-foreground",
                                     "--conf-file=/dev/null",
                                     "--pid-file=",
                                     "--user=",
                                     "--group=",  // else it outlives its parent
                                     "--listen-address=127.0.0.1",
                                     "--bind-interfaces",
                                     "--port=" + std::to_string(port),
                                     "--no-resolv",
                                     "--no-hosts",
                                     "--local=/test/"};
    command.insert(command.end(), records.begin(), records.end());
    return command;
}

}  // namespace

NameServer::NameServer(const std::vector<std::string>& records)
    : NameServer(free_port(), records) {}

NameServer::NameServer(std::uint16_t port, const std::vector<std::string>& records)
    : Server(port, dnsmasq_command(port, records)) {}

}  // namespace ringside::testing
