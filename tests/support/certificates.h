// Certificates for tests: an authority that lives as long as the test, and what it signs.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;
struct x509_st;

namespace ringside::testing {

// PEM texts.
struct Identity {
    std::string certificate;
    std::string key;
};

class Authority {
  public:
    Authority();
    ~Authority();

    // Its own certificate.
    const std::string& certificate() const noexcept { return certificate_; }

    // For `alternative`, as in a configuration of openssl: "DNS:cache.test,IP:127.0.0.1".
    Identity sign(const std::string& alternative) const;
    // Of this common name, and for no host.
    Identity sign_without_hosts(const std::string& common_name) const;

  private:
    Identity sign(const char* common_name, int extension, const std::string& value) const;

    evp_pkey_st* key_;
    x509_st* own_;
    std::string certificate_;
};

}  // namespace ringside::testing
