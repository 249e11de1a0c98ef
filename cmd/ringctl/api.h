// The admin API that the options name, as the commands ask it.
#pragma once

#include "http/client.h"
#include "options.h"

#include <string_view>

namespace ringside::ctl {

// Answers from this status on are refusals, with a reason in the body.
inline constexpr unsigned kStatusErrorsBegin = 400;
inline constexpr unsigned kStatusNotFound = 404;

// One connection, one request at a time. Errors say where nobody has answered, and what to check.
class Api {
  public:
    explicit Api(const Options& options)
        : address_(options.admin), client_(options.admin, options.timeout) {}

    base::Expected<http::Response> send(http::Method method, std::string_view target);

    const routing::Address& address() const noexcept { return address_; }

  private:
    routing::Address address_;
    http::Client client_;
};

}  // namespace ringside::ctl
