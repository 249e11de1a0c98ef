// Who may ask: keeps web pages in a person's browser from reaching the admin API, and, where a
// token is asked for, everybody who has not got it.
//
// Without a token anything that runs on the machine may use the API, a browser included. Two rules
// keep out what a foreign page can make a browser send:
//  - the Host must be an IP address, "localhost", a name without a dot or one that is configured: a
//    page that lets its own name point to 127.0.0.1 (DNS rebinding) sends that name;
//  - a POST must not carry a foreign Origin, a Sec-Fetch-Site other than same-origin or none, or
//    the body of a form.
#pragma once

#include "admin/bearer_token.h"
#include "base/expected.h"
#include "http/message.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::admin {

// A value; control thread only.
class Access {
  public:
    // Everybody who is not foreign.
    Access() = default;
    // `hosts` as config::ProcessConfig::admin_hosts has them; empty `token_file`: no token is asked
    // for. The error is that of BearerToken::open().
    static base::Expected<Access> open(std::vector<std::string> hosts,
                                       const std::string& token_file);

    // "127.0.0.1:22221", "[::1]", "localhost", "ringside:80", and one of `hosts` in any case, with
    // a port, with a dot at the end; not "evil.example", "localhost.".
    bool is_trusted_host(std::string_view host) const;

    // The answer (403, 415, 421) to a request that breaks the rules, or nothing.
    std::optional<http::Response> refuse_foreign(const http::Request& request) const;
    // The answer (401) to one that does not show the token, or nothing.
    std::optional<http::Response> refuse_unknown(const http::Request& request);

  private:
    bool is_named(std::string_view host) const;
    bool is_own_origin(std::string_view origin, std::string_view host) const;

    std::vector<std::string> hosts_;
    BearerToken token_;
};

}  // namespace ringside::admin
