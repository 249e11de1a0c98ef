// What is common to the answers of all routes: methods, tags, problems.
#include "admin/answers.h"

#include "test_process.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace ringside::admin {
namespace {

constexpr const char* kEject = "/pools/alpha/nodes/10.0.0.1%3A11212/eject";
constexpr const char* kRestore = "/pools/alpha/nodes/10.0.0.1%3A11212/restore";

std::string header_of(const http::Response& response, std::string_view name) {
    for (const auto& header : response.headers) {
        if (header.first == name) {
            return header.second;
        }
    }
    return {};
}

TEST(Answers, an_ejection_says_who_wanted_it_and_why) {
    TestProcess process;
    const std::string eject = kEject;

    const Json node = json_of(process.post(eject + "?reason=new%20kernel&author=alice")).at("node");
    EXPECT_EQ(node.at("reason"), "by the operator, until restored: new kernel (alice)");

    EXPECT_EQ(process.post(eject + "?reason=a%0ab").status, 400u);
    EXPECT_EQ(process.post(eject + "?reason=" + std::string(257, 'x')).status, 400u);
}

TEST(Answers, options_tells_the_methods_of_a_path_and_does_nothing) {
    TestProcess process;
    const auto allowed = [&process](std::string_view target) {
        const http::Response response =
            process.send(TestProcess::request(http::Method::options, target));
        EXPECT_EQ(response.status, 204u) << target;
        return header_of(response, "Allow");
    };

    EXPECT_EQ(allowed("/pools"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(allowed("/livez"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(allowed(kEject), "POST, OPTIONS");
    EXPECT_EQ(process.send(TestProcess::request(http::Method::options, "/nowhere")).status, 404u);
    EXPECT_EQ(process.get("/pools/alpha/ring?format=summary").body.find("ejected"),
              std::string::npos);
}

http::Response get_if_changed(TestProcess& process, std::string_view target, std::string tag) {
    http::Request request = TestProcess::request(http::Method::get, target);
    request.if_none_match = std::move(tag);
    return process.send(request);
}

TEST(Answers, who_has_an_answer_is_told_so_until_it_changes) {
    TestProcess process;
    for (const char* target : {"/pools/alpha/ring", "/pools/alpha/ring?format=nodes",
                               "/pools/alpha/ring?format=summary"}) {
        const http::Response first = process.get(target);
        const std::string tag = header_of(first, "ETag");
        const http::Response same = get_if_changed(process, target, "\"x\" , " + tag);
        process.post(kEject);
        const http::Response changed = get_if_changed(process, target, tag);
        process.post(kRestore);
        const http::Response as_before = get_if_changed(process, target, tag.substr(2));

        EXPECT_EQ(first.status, 200u) << target;
        EXPECT_TRUE(tag.starts_with("W/\"")) << tag;
        EXPECT_EQ(header_of(first, "Cache-Control"), "no-cache");
        EXPECT_EQ(same.status, 304u) << target;
        EXPECT_EQ(same.body, "");
        EXPECT_EQ(header_of(same, "ETag"), tag);
        EXPECT_EQ(changed.status, 200u) << target;
        EXPECT_NE(header_of(changed, "ETag"), tag) << target;
        EXPECT_EQ(as_before.status, 304u) << "compared weakly: " << target;
    }
    EXPECT_NE(header_of(process.get("/pools/alpha/ring"), "ETag"),
              header_of(process.get("/pools/alpha/ring?format=nodes"), "ETag"));
}

TEST(Answers, the_configuration_is_told_again_when_it_has_changed) {
    TestProcess process;
    const std::string tag = header_of(process.get("/config"), "ETag");
    const http::Response same = get_if_changed(process, "/config", tag);

    process.configuration.generation = 2;

    EXPECT_EQ(same.status, 304u);
    EXPECT_EQ(get_if_changed(process, "/config", tag).status, 200u);
    EXPECT_EQ(get_if_changed(process, "/config", "*").status, 304u);
}

TEST(Answers, an_error_is_a_problem_that_people_and_programs_can_read) {
    TestProcess process;

    const http::Response response = process.get("/pools/gamma");

    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_EQ(json_of(response), Json({{"type", "about:blank"},
                                       {"title", "Not Found"},
                                       {"status", 404},
                                       {"detail", "there is no pool 'gamma'"},
                                       {"code", "not_found"}}));
}

}  // namespace
}  // namespace ringside::admin
