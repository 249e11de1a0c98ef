#include "webhook.h"

#include "base/clock.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace ringside::injector {
namespace {

using http::Request;
using http::Response;

constexpr unsigned kOk = 200;
constexpr unsigned kNotFound = 404;
constexpr unsigned kMethodNotAllowed = 405;
constexpr unsigned kUnsupportedMediaType = 415;

struct PathRow {
    std::string_view path;
    inject::OptIn opt_in;
};
constexpr auto kPaths = std::to_array<PathRow>({
    {"/inject/pod", inject::OptIn::by_pod},
    {"/inject/namespace", inject::OptIn::by_namespace},
});

// Parameters, as a charset, say nothing: JSON is UTF-8 (RFC 8259, section 8.1).
bool is_json(const Request& request) {
    const std::string type = request.content_type.value_or("");
    std::string name = type.substr(0, type.find_first_of("; \t"));
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return name == "application/json";
}

bool is_encoded(const Request& request) {
    return request.content_encoding && *request.content_encoding != "identity";
}

}  // namespace

Response plain_answer(unsigned status, std::string_view sentence) {
    Response response;
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body = std::string(sentence) + "\n";
    return response;
}

Response Webhook::answer(const Request& request) {
    const auto row = std::find_if(kPaths.begin(), kPaths.end(),
                                  [&](const PathRow& each) { return each.path == request.path; });
    Response response;
    if (row == kPaths.end()) {
        response = plain_answer(kNotFound, "there are /inject/pod and /inject/namespace");
    } else if (request.method != http::Method::post) {
        response = plain_answer(kMethodNotAllowed, "POST an AdmissionReview");
        response.headers.emplace_back("Allow", "POST");
    } else if (!is_json(request)) {
        response =
            plain_answer(kUnsupportedMediaType, "the Content-Type has to be application/json");
    } else if (is_encoded(request)) {
        response = plain_answer(kUnsupportedMediaType, "a Content-Encoding is not understood");
        response.headers.emplace_back("Accept-Encoding", "identity");
    } else {
        response = answer_review(request, row->opt_in);
    }
    response.is_last = ends_;
    ++parts_.metrics.requests[{row == kPaths.end() ? "other" : row->path, response.status}];
    return response;
}

Response Webhook::answer_review(const Request& request, inject::OptIn opt_in) {
    const base::TimePoint begin = base::Clock::now();
    inject::Review review = inject::review(request.body, *parts_.injected, opt_in);
    parts_.metrics.count_answer(base::Clock::now() - begin);
    if (review.http_status != kOk) {
        return plain_answer(static_cast<unsigned>(review.http_status), review.body);
    }
    InjectorMetrics& metrics = parts_.metrics;
    if (review.outcome.skip) {
        ++metrics.skipped[*review.outcome.skip];
    } else {
        ++(review.outcome.is_update ? metrics.updated : metrics.injected);
    }
    parts_.on_review(review);
    Response response;
    response.body = std::move(review.body);
    return response;
}

}  // namespace ringside::injector
