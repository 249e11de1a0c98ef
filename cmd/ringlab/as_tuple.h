// How the coroutines of ringlab wait: an error is a part of what they get, and thrown by nobody.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ringside::lab {

inline constexpr auto kAsTuple = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace ringside::lab
