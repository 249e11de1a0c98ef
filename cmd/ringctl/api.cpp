#include "api.h"

#include "exit_code.h"
#include "find_process.h"
#include "table.h"

#include <fmt/core.h>

#include <utility>

namespace ringside::ctl {

base::Status Api::find() {
    if (client_) {
        return base::Done{};
    }
    auto found = find_admin(options_);
    if (!found) {
        exit_code_ = kExitUnreachable;
        return found.error();
    }
    address_ = std::move(*found);
    client_.emplace(address_, options_.timeout);
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
    if (!response) {
        exit_code_ = kExitUnreachable;
        return base::Error{response.error().code,
                           fmt::format("admin API at {}: {}; is ringside running there?",
                                       routing::to_string(address_), response.error().message)};
    }
    return response;
}

base::Expected<std::string> Api::fetch(std::string_view target) {
    auto response = send(http::Method::get, target);
    if (!response) {
        return response.error();
    }
    if (response->status >= kStatusErrorsBegin) {
        exit_code_ = kExitRefused;
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

std::string error_message(const std::string& body) {
    const auto root = http::Json::parse(body, nullptr, false);
    if (root.is_object() && root.contains("detail") && root.at("detail").is_string()) {
        return printable(root.at("detail").get<std::string>());
    }
    return body;
}

}  // namespace ringside::ctl
