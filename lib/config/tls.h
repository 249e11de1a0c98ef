// What a connection with TLS demands and shows, wherever it is configured: `tls:`.
#pragma once

#include <string>

namespace ringside::config {

// Of the side that connects. Files are PEM.
struct TlsConfig {
    std::string ca_file = {};      // who is trusted; empty: the system's authorities
    std::string server_name = {};  // whom the other side has to be; empty: whom was asked
    bool verify = true;            // whether it has to prove anything
    std::string cert_file = {};    // what this side shows of itself, if it is asked; empty: nothing
    std::string key_file = {};     // goes with it

    bool operator==(const TlsConfig&) const = default;
};

}  // namespace ringside::config
