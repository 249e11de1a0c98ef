// For tests of TLS: an authority, and the files of who is signed by it.
#pragma once

#include "http/tls.h"
#include "integration/support/temporary_directory.h"
#include "support/certificates.h"

#include <string>
#include <string_view>

namespace ringside::http {

class TlsFiles {
  public:
    TlsFiles() { directory_.write("ca.pem", authority_.certificate()); }

    // Of a server, signed for this; replaces what was there.
    TlsSettings server(const std::string& alternative = "DNS:cache.test,IP:127.0.0.1") const {
        return write_identity("server", authority_.sign(alternative));
    }
    TlsSettings write_identity(std::string_view name, const testing::Identity& identity) const {
        TlsSettings settings;
        settings.cert_file = directory_.write(std::string(name) + ".pem", identity.certificate);
        settings.key_file = directory_.write(std::string(name) + ".key", identity.key);
        return settings;
    }
    // Of a client that trusts the authority.
    TlsSettings client() const {
        TlsSettings settings;
        settings.ca_file = directory_.file("ca.pem");
        return settings;
    }
    const testing::TemporaryDirectory& directory() const { return directory_; }
    const testing::Authority& authority() const { return authority_; }

  private:
    testing::TemporaryDirectory directory_;
    testing::Authority authority_;
};

}  // namespace ringside::http
