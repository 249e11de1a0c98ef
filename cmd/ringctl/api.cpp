#include "api.h"

#include "config/token_file.h"
#include "exit_code.h"
#include "find_process.h"
#include "table.h"

#include <fmt/core.h>

#include <utility>

namespace ringside::ctl {

// Of the file that the options name, if they do.
base::Status Api::read_token() {
    if (options_.token_file.empty()) {
        return base::Done{};
    }
    auto token = config::read_token_file(options_.token_file);
    if (!token) {
        return token.error();
    }
    token_ = std::move(*token);
    return base::Done{};
}

base::Status Api::find() {
    if (client_) {
        return base::Done{};
    }
    if (const base::Status read = read_token(); !read) {
        return read.error().in("the token of the admin API");
    }
    auto found = find_admin(options_);
    if (!found) {
        exit_code_ = kExitUnreachable;
        return found.error();
    }
    address_ = std::move(*found);
    client_.emplace(address_, options_.timeout);
    client_->use_token(token_);
    return base::Done{};
}

base::Expected<routing::Address> Api::address() {
    if (const base::Status found = find(); !found) {
        return found.error();
    }
    return address_;
}

base::Expected<http::Response> Api::send(http::Method method, std::string_view target) {
    if (const base::Status found = find(); !found) {
        return found.error();
    }
    auto response = client_->send(method, target);
    if (response && response->status == kStatusUnauthorized) {
        // A watch goes on when the token is replaced.
        const std::string before = token_;
        if (read_token() && token_ != before) {
            client_->use_token(token_);
            response = client_->send(method, target);
        }
    }
    if (!response) {
        exit_code_ = kExitUnreachable;
        return base::Error{response.error().code,
                           fmt::format("admin API at {}: {}; is ringside running there?",
                                       routing::to_string(address_), response.error().message)};
    }
    if (response->status == kStatusUnauthorized) {
        return unauthorized();
    }
    return response;
}

base::Error Api::unauthorized() {
    exit_code_ = kExitRefused;
    const std::string where = routing::to_string(address_);
    if (token_.empty()) {
        return {base::Errc::conflict,
                fmt::format("the admin API at {} asks for a token: name the file that holds it, "
                            "ringside.admin_token_file of the proxy, by --token-file or in "
                            "RINGSIDE_TOKEN_FILE",
                            where)};
    }
    return {base::Errc::conflict,
            fmt::format("the admin API at {} does not take the token of {}: it is not the one of "
                        "ringside.admin_token_file there",
                        where, printable(options_.token_file))};
}

base::Expected<std::string> Api::fetch(std::string_view target, http::Method method) {
    auto response = send(method, target);
    if (!response) {
        return response.error();
    }
    if (response->status >= kStatusErrorsBegin) {
        exit_code_ = exit_code_of_status(response->status);
        const bool is_unknown = response->status == kStatusNotFound;
        return base::Error{is_unknown ? base::Errc::not_found : base::Errc::conflict,
                           error_message(response->body)};
    }
    return std::move(response->body);
}

base::Expected<http::Json> Api::get(std::string_view target) {
    const auto body = fetch(target);
    if (!body) {
        return body.error();
    }
    auto answer = http::parse_json(*body);
    if (!answer) {
        exit_code_ = kExitFailed;
        return answer.error().in("not an answer of the admin API");
    }
    return answer;
}

int exit_code_of_status(unsigned status) noexcept {
    if (status < kStatusErrorsBegin) {
        return kExitOk;
    }
    return status == kStatusBadRequest ? kExitFailed : kExitRefused;
}

std::string error_message(const std::string& body) {
    const auto root = http::Json::parse(body, nullptr, false);
    if (root.is_object() && root.contains("detail") && root.at("detail").is_string()) {
        return printable(root.at("detail").get<std::string>());
    }
    return body;
}

}  // namespace ringside::ctl
