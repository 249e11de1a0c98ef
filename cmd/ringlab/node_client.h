// One question to one memcached.
#pragma once

#include "base/clock.h"
#include "base/expected.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>

namespace ringside::lab {

// Connects, sends `request` and returns what comes up to and including `end`.
// Errors: io, or timed_out after `limit`.
boost::asio::awaitable<base::Expected<std::string>> ask(boost::asio::ip::tcp::endpoint node,
                                                        std::string request, std::string end,
                                                        base::milliseconds limit);

}  // namespace ringside::lab
