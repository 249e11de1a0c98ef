// The admin API that the options name, or that of the process that is found, as verbs ask it.
#pragma once

#include "exit_code.h"
#include "http/client.h"
#include "http/json.h"
#include "options.h"

#include <optional>
#include <string>
#include <string_view>

namespace ringside::ctl {

// Answers from this status on are refusals, with a reason in the body.
inline constexpr unsigned kStatusErrorsBegin = 400;
inline constexpr unsigned kStatusBadRequest = 400;
inline constexpr unsigned kStatusUnauthorized = 401;
inline constexpr unsigned kStatusNotFound = 404;

// One connection, one request at a time. Which process is asked is found out with the first one.
// Errors say where nobody has answered, or a token is asked for, and what to check.
class Api {
  public:
    // `options` outlives it.
    explicit Api(const Options& options) : options_(options) {}

    base::Expected<http::Response> send(http::Method method, std::string_view target);
    // The body of the answer; a refusal is an error with the API's reason, and not_found if what is
    // named in the path does not exist.
    base::Expected<std::string> fetch(std::string_view target,
                                      http::Method method = http::Method::get);
    base::Expected<http::Json> get(std::string_view target);  // that of a GET as a document

    // For who asks on a connection of his own: where, and the token to show, which may be empty.
    base::Expected<routing::Address> address();
    const std::string& token() const noexcept { return token_; }
    // Of a 401: which file to name, or that it is another token.
    base::Error unauthorized();

    // The address once something has been asked, for messages.
    std::string where() const { return routing::to_string(address_); }

    // What the last error means for scripts.
    int exit_code() const noexcept { return exit_code_; }

  private:
    base::Status find();
    base::Status read_token();

    const Options& options_;
    routing::Address address_;
    std::string token_;
    std::optional<http::Client> client_;
    int exit_code_ = kExitFailed;
};

// What the status of an answer means for scripts: one that says the request is wrong is as wrong
// usage.
int exit_code_of_status(unsigned status) noexcept;

// The reason of a refusal; the body itself if it gives none.
std::string error_message(const std::string& body);

}  // namespace ringside::ctl
