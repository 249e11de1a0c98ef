// A blocking HTTP client for the admin API: one connection, one request at a time.
//
// For ringctl and the tests. The connection is kept between requests and opened anew when the other
// side has closed it.
#pragma once

#include "base/clock.h"
#include "base/expected.h"
#include "http/message.h"
#include "io/file_descriptor.h"
#include "routing/node.h"

#include <string>
#include <string_view>
#include <utility>

namespace ringside::http {

class Client {
  public:
    // `timeout` bounds each request from connecting to the last byte of the answer.
    Client(routing::Address address, base::milliseconds timeout);

    // Shows this token from now on. Requires: config::read_token_file() has read it.
    void use_token(std::string token) { token_ = std::move(token); }

    // `target` is a path with its query, already percent-encoded. An answer with an error status is
    // an answer; errors are: nobody listens, no answer in time, not HTTP.
    base::Expected<Response> send(Method method, std::string_view target);

  private:
    base::Status connect(base::TimePoint deadline);
    base::Expected<Response> exchange(Method method, std::string_view target,
                                      base::TimePoint deadline);
    base::Status write_all(std::string_view bytes, base::TimePoint deadline);
    base::Expected<Response> read_answer(Method method, base::TimePoint deadline);

    routing::Address address_;
    base::milliseconds timeout_;
    std::string token_;  // empty: shows none
    io::FileDescriptor socket_;
};

}  // namespace ringside::http
