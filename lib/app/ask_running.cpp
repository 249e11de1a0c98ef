#include "app/ask_running.h"

#include "base/clock.h"
#include "config/load.h"
#include "config/token_file.h"
#include "http/json.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <thread>
#include <utility>

namespace ringside::app {
namespace {

using base::Errc;
using base::Error;
using base::Expected;

constexpr unsigned kOk = 200;
constexpr base::milliseconds kAnswerMax{1'000};
// Who comes between two requests of one client of many must not find the door closed.
constexpr base::seconds kSettled{1};
constexpr base::milliseconds kPause{200};

// Where it can be reached from here.
routing::Address reachable(routing::Address address) {
    if (address.host == "0.0.0.0") {
        address.host = "127.0.0.1";
    } else if (address.host == "::") {
        address.host = "::1";
    }
    return address;
}

Expected<std::string> get(http::Client& client, std::string_view target) {
    auto answer = client.send(http::Method::get, target);
    if (!answer) {
        return answer.error();
    }
    while (answer->body.ends_with('\n')) {
        answer->body.pop_back();
    }
    if (answer->status != kOk) {
        return Error{Errc::conflict,
                     fmt::format("{}: {} {}", target, answer->status, answer->body)};
    }
    return std::move(answer->body);
}

// Of all workers.
Expected<std::uint64_t> session_count(http::Client& client) {
    const auto body = get(client, "/snapshot");
    if (!body) {
        return body.error();
    }
    const http::Json snapshot = http::Json::parse(*body, nullptr, false);
    if (!snapshot.is_object() || !snapshot.contains("workers")) {
        return Error{Errc::malformed, "not an answer of the admin API"};
    }
    std::uint64_t sessions = 0;
    for (const http::Json& worker : snapshot["workers"]) {
        sessions += worker.value("sessions", std::uint64_t{0});
    }
    return sessions;
}

}  // namespace

http::Client running_proxy(const Options& options) {
    config::Config config;
    if (auto loaded = config::load_file(options.conf_file)) {
        config = std::move(*loaded);
    }
    apply_overrides(options, config);
    http::Client client(reachable(config.process.admin.address), kAnswerMax);
    const std::string& file =
        options.token_file.empty() ? config.process.admin_token_file : options.token_file;
    if (!file.empty()) {
        if (auto token = config::read_token_file(file)) {
            client.use_token(std::move(*token));
        }
    }
    return client;
}

Expected<std::string> check_health(const Options& options) {
    http::Client client = running_proxy(options);
    auto body = get(client, options.is_ready_asked ? "/readyz" : "/livez");
    return body ? Expected<std::string>(*body + "\n") : body;
}

Expected<std::string> wait_for_clients(const Options& options) {
    http::Client client = running_proxy(options);
    const base::TimePoint begin = base::Clock::now();
    base::TimePoint alone_since = base::kNever;
    for (;;) {
        const auto sessions = session_count(client);
        const base::TimePoint now = base::Clock::now();
        if (!sessions && sessions.error().code == Errc::io) {
            return std::string("the proxy has ended\n");
        }
        if (!sessions && sessions.error().code != Errc::timed_out) {  // it may be busy
            return sessions.error();
        }
        alone_since = sessions && *sessions == 0 ? std::min(alone_since, now) : base::kNever;
        if (alone_since != base::kNever && now - alone_since >= kSettled) {
            return fmt::format("no clients after {:.1f} s\n",
                               std::chrono::duration<double>(now - begin).count());
        }
        if (options.wait_max && now - begin >= *options.wait_max) {
            return Error{Errc::timed_out, sessions ? fmt::format("{} clients are there", *sessions)
                                                   : sessions.error().message};
        }
        std::this_thread::sleep_for(kPause);
    }
}

}  // namespace ringside::app
