#include "io/look_up.h"

#include "io/event_loop.h"

#include <fmt/core.h>

namespace ringside::io {

base::Expected<std::vector<SocketAddress>> look_up(const routing::Address& address,
                                                   const NameResolver::Options& options) {
    EventLoop loop;
    NameResolver resolver(loop, options);
    LookupResult result = LookupProblem::timed_out;
    const auto question = resolver.ask(address.host, [&](const LookupResult& answer) {
        result = answer;
        loop.stop();
    });
    loop.run();
    if (const auto* problem = std::get_if<LookupProblem>(&result)) {
        const auto code =
            *problem == LookupProblem::timed_out ? base::Errc::timed_out : base::Errc::not_found;
        return base::Error{code, fmt::format("host {}: {}", address.host, to_string(*problem))};
    }
    std::vector<SocketAddress> addresses;
    for (const std::string& ip : std::get<FoundAddresses>(result).ips) {
        if (const auto numeric = numeric_address({ip, address.port})) {
            addresses.push_back(*numeric);
        }
    }
    return addresses;
}

}  // namespace ringside::io
