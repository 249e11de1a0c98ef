// Who may ask: keeps web pages in a person's browser from reaching the admin API.
//
// The API listens on loopback and asks for no password, so anything that runs on the machine may
// use it, a browser included. Two rules keep out what a foreign page can make a browser send:
//  - the Host must be an IP address, "localhost" or a name without a dot: a page that lets its own
//    name point to 127.0.0.1 (DNS rebinding) sends that name;
//  - a POST must not carry a foreign Origin, a Sec-Fetch-Site other than same-origin or none, or
//    the body of a form.
#pragma once

#include "http/message.h"

#include <optional>
#include <string_view>

namespace ringside::admin {

// "127.0.0.1:22221", "[::1]", "localhost", "ringside:80"; not "evil.example", "localhost.".
bool is_trusted_host(std::string_view host) noexcept;

// The answer (403, 415, 421) to a request that breaks the rules, or nothing.
std::optional<http::Response> refuse_foreign(const http::Request& request);

}  // namespace ringside::admin
