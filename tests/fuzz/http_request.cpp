// What a client sends to the admin API and to the statistics port: any bytes, cut anywhere, end in
// one verdict, and every request in one answer that a client reads as such; what the narrower
// listeners offer, and GET everywhere, changes nothing.
#include "admin/access.h"
#include "admin/routes.h"
#include "base/check.h"
#include "base/log.h"
#include "fuzz/framing.h"
#include "http/message.h"
#include "http/response_reader.h"
#include "integration/support/temporary_directory.h"
#include "unit/admin/test_process.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace {

using namespace ringside::admin;
using ringside::fuzz::Input;
namespace http = ringside::http;

constexpr http::MessageLimits kLimits;

bool is_same(const http::Request& a, const http::Request& b) {
    return a.method == b.method && a.path == b.path && a.query == b.query && a.host == b.host &&
           a.origin == b.origin && a.fetch_site == b.fetch_site &&
           a.content_type == b.content_type && a.authorization == b.authorization &&
           a.accept == b.accept && a.body == b.body && a.takes_chunks == b.takes_chunks &&
           a.keep_alive == b.keep_alive;
}

// As http/server.cpp reads: again with all that has arrived. Not more often than kPiecesMax, since
// each time costs as much as there is by then.
http::RequestRead read_in_pieces(const Input& input) {
    constexpr std::size_t kPiecesMax = 64;
    const std::size_t piece_bytes = std::max(input.piece_bytes, input.bytes.size() / kPiecesMax);
    http::RequestRead read = http::read_request({});
    std::size_t arrived = 0;
    while (read.status == http::ReadStatus::need_more && arrived < input.bytes.size()) {
        arrived = std::min(arrived + piece_bytes, input.bytes.size());
        read = http::read_request(input.bytes.substr(0, arrived));
    }
    return read;
}

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void check_request(const http::Request& request, std::string_view bytes) {
    CHECK(request.path.starts_with('/') && is_printable(request.path));
    CHECK(request.body.size() <= kLimits.body_bytes_max);
    // The statistics port takes for HTTP whatever asks for something by a method that it has.
    CHECK(request.method == http::Method::other || http::begins_http(bytes));
}

// Exactly one response, which says what was meant.
void check_response(const http::Response& response, const http::Request& request) {
    const http::Framing framing{.keep_alive = request.keep_alive,
                                .without_body = request.method == http::Method::head};
    const std::string text = http::format_response(response, framing);
    std::string body;
    http::ResponseReader read(request.method, [&body](std::string_view piece) { body += piece; });
    CHECK(response.status >= 200 && response.status < 600);
    CHECK(read.take(text) && read.is_complete());
    CHECK(read.head().status == response.status && read.keep_alive() == framing.keep_alive);
    CHECK(body == (framing.without_body ? std::string() : response.body));
}

bool is_unchanged(const TestProcess& process) {
    static const auto kVersion = TestProcess().controller.snapshot()->version;
    return process.controller.snapshot()->version == kVersion && process.refreshed.empty() &&
           !process.log_level && !process.send_away_asked;
}

constexpr const char* kToken = "t0ken";

// One that asks for a token, as nobody guesses it.
Access access_by_token() {
    const ringside::testing::TemporaryDirectory directory;
    return *Access::open({"ringside.prod.svc"}, directory.write("token", kToken));
}

// Who does not show the token gets what everybody may know, or an error, and changes nothing.
void check_stranger(const http::Request& request) {
    static TestProcess process;
    [[maybe_unused]] static const bool once = [] {
        process.access = access_by_token();
        return true;
    }();
    if (request.authorization && request.authorization->find(kToken) != std::string::npos) {
        return;
    }
    const http::Response response = process.send(request);
    check_response(response, request);
    CHECK(is_unchanged(process));
    if (response.status < 400) {
        CHECK(request.method == http::Method::get || request.method == http::Method::head);
        CHECK(std::any_of(routes().begin(), routes().end(), [&request](const Route& route) {
            const bool is_open = route.answer.is_public || route.scope == AdminScope::probes;
            return is_open && match_path(route.path, request.path);
        }));
    }
}

// A process of its own for each request that may change it; the others find it as it was.
void check_answer(const http::Request& request, AdminScope scope) {
    if (request.method == http::Method::post && scope == AdminScope::everything) {
        TestProcess process;
        const http::Response response = process.send(request);
        check_response(response, request);
        const bool is_foreign =
            request.origin || (request.host && !Access().is_trusted_host(*request.host));
        CHECK(!is_foreign || response.status >= 400);
        CHECK(response.status < 400 || is_unchanged(process));
        return;
    }
    static TestProcess process;
    process.site.scope = scope;
    check_response(process.send(request), request);
    CHECK(is_unchanged(process));
}

}  // namespace

// The first byte chooses the pieces and, by its upper half, the listener: 15 is one that asks for a
// token.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::array kScopes{AdminScope::everything, AdminScope::probes, AdminScope::stats};
    ringside::base::log().set_level(ringside::base::LogLevel::error);  // not a line for each POST
    const Input input(data, size);
    const http::RequestRead whole = http::read_request(input.bytes);
    const http::RequestRead pieces = read_in_pieces(input);
    // A body that nothing announces is noticed only if it has come with its header.
    constexpr unsigned kLengthRequired = 411;
    if (whole.refusal_status == kLengthRequired && pieces.status == http::ReadStatus::complete) {
        return 0;
    }
    CHECK(whole.status == pieces.status && whole.consumed_bytes == pieces.consumed_bytes);
    switch (whole.status) {
        case http::ReadStatus::need_more:
            CHECK(input.bytes.size() < kLimits.header_bytes_max + kLimits.body_bytes_max);
            return 0;
        case http::ReadStatus::refused:
            CHECK(whole.refusal_status >= 400 && is_printable(whole.refusal));
            return 0;
        case http::ReadStatus::complete:
            break;
    }
    CHECK(whole.consumed_bytes > 0 && whole.consumed_bytes <= input.bytes.size());
    CHECK(is_same(whole.request, pieces.request));
    check_request(whole.request, input.bytes);
    if (data[0] / 16 == 15) {
        check_stranger(whole.request);
    } else {
        check_answer(whole.request, kScopes[data[0] / 16 % kScopes.size()]);
    }
    return 0;
}
