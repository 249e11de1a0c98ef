#include "inject/review.h"

#include "inject/patch.h"
#include "support/checkout.h"
#include "unit/inject/pods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::inject {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// What an API server has posted: tests/recordings/admission.
std::string recorded(std::string_view name) {
    std::ifstream file(checkout::path("tests/recordings/admission/" + std::string(name) + ".http"));
    std::ostringstream text;
    text << file.rdbuf();
    const std::string request = text.str();
    const std::size_t body = request.find("\n\n");
    EXPECT_NE(body, std::string::npos) << name;
    return request.substr(body + 2);
}

std::string decoded(std::string_view base64) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    unsigned bits = 0;
    int count = 0;
    for (const char c : base64.substr(0, base64.find('='))) {
        bits = bits << 6 | static_cast<unsigned>(kAlphabet.find(c));
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes += static_cast<char>(bits >> count & 0xff);
        }
    }
    return bytes;
}

Json response_of(const Review& review) {
    const Json body = Json::parse(review.body);
    EXPECT_EQ(body["apiVersion"], "admission.k8s.io/v1");
    EXPECT_EQ(body["kind"], "AdmissionReview");
    EXPECT_EQ(body["response"]["allowed"], true);
    return body["response"];
}

// The recorded review with a value at a path of it.
std::string changed(std::string_view name, const char* path, const Json& value) {
    return Json::parse(recorded(name))
        .patch(Json::array({Json{{"op", "add"}, {"path", path}, {"value", value}}}))
        .dump();
}

TEST(Review, a_recorded_one_is_answered_with_a_patch_that_applies) {
    const std::string body = recorded("01-plain");
    const Json request = Json::parse(body)["request"];

    const Review result = review(body, memcached(), OptIn::by_namespace);

    const Json response = response_of(result);
    EXPECT_EQ(result.http_status, 200);
    EXPECT_EQ(response["uid"], request["uid"]);
    EXPECT_EQ(response["patchType"], "JSONPatch");
    EXPECT_FALSE(response.contains("warnings"));
    EXPECT_EQ(response["auditAnnotations"], yaml("{result: injected}"));
    const auto pod =
        with_patch(request["object"], Json::parse(decoded(response["patch"].get<std::string>())));
    ASSERT_TRUE(pod);
    EXPECT_EQ((*pod)["spec"]["initContainers"][0]["name"], "ringside");
    EXPECT_EQ(uninject(*pod).pod, request["object"]);
    EXPECT_EQ(result.namespace_name, "rec");
    EXPECT_EQ(result.pod_name, "plain");
    EXPECT_FALSE(result.dry_run);
    EXPECT_FALSE(result.owner);
}

TEST(Review, each_recorded_one_is_allowed) {
    unsigned count = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(checkout::path("tests/recordings/admission"))) {
        const std::string body = recorded(entry.path().stem().string());
        for (const OptIn opt_in : {OptIn::by_pod, OptIn::by_namespace, OptIn::by_hand}) {
            const Review result = review(body, memcached(), opt_in);
            EXPECT_EQ(result.http_status, 200);
            const Json response = response_of(result);
            EXPECT_EQ(response.contains("patch"), response.contains("patchType"));
            EXPECT_NE(result.outcome.skip, SkipReason::patch_invalid) << entry.path();
        }
        ++count;
    }
    EXPECT_EQ(count, 12u);
}

TEST(Review, tells_who_has_made_the_pod_and_what_it_will_be_called) {
    const Review result = review(recorded("05-web-7d9c5b6f4"), memcached(), OptIn::by_namespace);

    ASSERT_TRUE(result.owner);
    EXPECT_EQ(result.owner->api_version, "apps/v1");
    EXPECT_EQ(result.owner->kind, "ReplicaSet");
    EXPECT_EQ(result.owner->name, "web-7d9c5b6f4");
    EXPECT_FALSE(result.owner->uid.empty());
    EXPECT_THAT(result.pod_name, StartsWith("web-7d9c5b6f4"));
}

TEST(Review, a_dry_run_is_told_as_such_and_answered_as_ever) {
    const Review result = review(recorded("07-rehearsal-dryrun"), memcached(), OptIn::by_namespace);

    EXPECT_TRUE(result.dry_run);
    EXPECT_TRUE(response_of(result).contains("patch"));
}

TEST(Review, a_pod_that_cannot_have_it_is_allowed_with_a_warning) {
    const Review result = review(changed("01-plain", "/request/object/spec/hostNetwork", true),
                                 memcached(), OptIn::by_namespace);

    const Json response = response_of(result);
    EXPECT_FALSE(response.contains("patch"));
    EXPECT_EQ(result.outcome.skip, SkipReason::host_network);
    ASSERT_TRUE(response.contains("warnings"));
    ASSERT_EQ(response["warnings"].size(), 1u);
    EXPECT_THAT(response["warnings"][0].get<std::string>(),
                StartsWith("ringside: not injected: the pod is in its host's network"));
    EXPECT_EQ(response["auditAnnotations"]["result"], "host_network");
}

TEST(Review, who_did_not_ask_gets_nothing_and_no_warning) {
    const Review unasked = review(recorded("01-plain"), memcached(), OptIn::by_pod);
    const Review disabled = review(recorded("09-host-network"), memcached(), OptIn::by_namespace);

    EXPECT_EQ(unasked.outcome.skip, SkipReason::not_enabled);
    EXPECT_FALSE(response_of(unasked).contains("warnings"));
    EXPECT_EQ(disabled.outcome.skip, SkipReason::disabled);
    EXPECT_FALSE(response_of(disabled).contains("warnings"));
}

TEST(Review, what_is_no_new_pod_is_allowed_as_it_is) {
    for (const auto& [path, value] : {
             std::pair{"/request/kind/kind", Json("Deployment")},
             {"/request/kind/group", Json("apps")},
             {"/request/kind/version", Json("v2")},
             {"/request/operation", Json("UPDATE")},
             {"/request/subResource", Json("exec")},
         }) {
        const Review result =
            review(changed("01-plain", path, value), memcached(), OptIn::by_namespace);

        EXPECT_EQ(result.http_status, 200) << path;
        EXPECT_EQ(result.outcome.skip, SkipReason::kind_unsupported) << path;
        EXPECT_FALSE(response_of(result).contains("patch"));
    }
}

TEST(Review, a_pod_that_is_none_is_allowed_and_told) {
    for (const Json& object : {Json(), Json(1), Json::object(), Json("x")}) {
        const Review result = review(changed("01-plain", "/request/object", object), memcached(),
                                     OptIn::by_namespace);

        EXPECT_EQ(result.outcome.skip, SkipReason::pod_invalid);
        EXPECT_EQ(response_of(result)["warnings"].size(), 1u);
    }
}

TEST(Review, what_is_no_review_is_refused) {
    const std::string deep = std::string(100, '[');
    const std::string other = changed("01-plain", "/apiVersion", "admission.k8s.io/v1beta1");
    const std::string anonymous = changed("01-plain", "/request/uid", "");
    for (const std::string& body :
         {std::string(), std::string("{}"), std::string("[]"), std::string("null"), deep, other,
          anonymous, changed("01-plain", "/kind", "Pod"), changed("01-plain", "/request", 1)}) {
        const Review result = review(body, memcached(), OptIn::by_namespace);

        EXPECT_EQ(result.http_status, 400) << body.substr(0, 80);
        EXPECT_THAT(result.body, StartsWith("this is no AdmissionReview of version"));
        EXPECT_TRUE(result.body.ends_with('\n'));
        EXPECT_FALSE(result.outcome.skip);
    }
}

}  // namespace
}  // namespace ringside::inject
