#include "admin/access.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace ringside::admin {
namespace {

TEST(Access, addresses_and_names_without_a_dot_are_trusted_hosts) {
    for (const char* host :
         {"127.0.0.1", "127.0.0.1:22221", "10.1.2.3:80", "[::1]", "[::1]:22221", "[fe80::1]",
          "localhost", "LOCALHOST:1", "ringside", "ringside:22221", "my_pod-1"}) {
        EXPECT_TRUE(Access().is_trusted_host(host)) << host;
    }
}

TEST(Access, names_that_a_web_page_could_come_from_are_not) {
    for (const char* host : {"",
                             "evil.example",
                             "localhost.",
                             "127.0.0.1.nip.io",
                             "127.0.0.1.",
                             "user@localhost",
                             "localhost:",
                             "localhost:0",
                             "localhost:99999",
                             "localhost:80:80",
                             "[::1",
                             "[::1]x",
                             "[evil.example]",
                             "[]",
                             "::1",
                             "0x7f.1",
                             "127.1.",
                             "a b",
                             "localhost\t",
                             "host\xc3\xa9"}) {
        EXPECT_FALSE(Access().is_trusted_host(host)) << host;
    }
}

http::Request post() {
    http::Request request;
    request.method = http::Method::post;
    request.host = "localhost";
    return request;
}

unsigned status_of(const http::Request& request) {
    const auto refusal = Access().refuse_foreign(request);
    return refusal ? refusal->status : 200;
}

TEST(Access, a_post_of_curl_passes) {
    http::Request with_json = post();
    with_json.content_type = "application/json; charset=utf-8";
    with_json.fetch_site = "none";

    EXPECT_EQ(status_of(post()), 200u);
    EXPECT_EQ(status_of(with_json), 200u);
}

TEST(Access, a_post_of_a_foreign_page_is_refused) {
    http::Request with_origin = post();
    with_origin.origin = "http://evil.example";
    http::Request with_null_origin = post();
    with_null_origin.origin = "null";
    http::Request cross_site = post();
    cross_site.fetch_site = "cross-site";
    http::Request same_site = post();
    same_site.fetch_site = "same-site";

    EXPECT_EQ(status_of(with_origin), 403u);
    EXPECT_EQ(status_of(with_null_origin), 403u);
    EXPECT_EQ(status_of(cross_site), 403u);
    EXPECT_EQ(status_of(same_site), 403u);
}

TEST(Access, a_post_of_the_ring_page_passes) {
    for (const char* host : {"localhost", "127.0.0.1:22221", "[::1]:8080", "ringside:80"}) {
        http::Request own = post();
        own.host = host;
        own.origin = std::string("http://") + host;
        own.fetch_site = "same-origin";
        EXPECT_EQ(status_of(own), 200u) << host;

        own.fetch_site = std::nullopt;  // as browsers do where the Host is no trustworthy one
        EXPECT_EQ(status_of(own), 200u) << host;
    }
}

TEST(Access, a_post_of_a_page_on_another_port_or_by_another_scheme_is_refused) {
    for (const char* origin : {"http://localhost:81", "http://localhost.", "https://localhost",
                               "http://localhost:80", "http://localhos", "http://", "localhost"}) {
        http::Request request = post();
        request.origin = origin;
        EXPECT_EQ(status_of(request), 403u) << origin;
    }
    http::Request without_host = post();
    without_host.host = std::nullopt;
    without_host.origin = "http://localhost";
    EXPECT_EQ(status_of(without_host), 403u);
}

TEST(Access, a_post_with_the_body_of_a_form_is_refused) {
    for (const char* type : {"text/plain", "application/x-www-form-urlencoded",
                             "multipart/form-data; boundary=x", "application/jsonx"}) {
        http::Request request = post();
        request.content_type = type;
        EXPECT_EQ(status_of(request), 415u) << type;
    }
}

TEST(Access, a_body_says_that_it_is_json) {
    http::Request request = post();
    request.body = "{}";
    EXPECT_EQ(status_of(request), 415u);

    request.content_type = "application/json; charset=utf-8";
    EXPECT_EQ(status_of(request), 200u);
}

TEST(Access, a_foreign_host_is_refused_whatever_the_method) {
    http::Request get;
    get.host = "evil.example";

    EXPECT_EQ(status_of(get), 421u);
}

TEST(Access, names_that_are_configured_are_trusted_hosts_however_they_are_written) {
    const Access access = *Access::open({"ringside.prod.svc"}, "");

    for (const char* host : {"ringside.prod.svc", "ringside.prod.svc:22221", "RINGSIDE.Prod.svc",
                             "ringside.prod.svc.", "ringside.prod.svc.:80", "127.0.0.1", "local"}) {
        EXPECT_TRUE(access.is_trusted_host(host)) << host;
    }
    for (const char* host : {"prod.svc", "x.ringside.prod.svc", "ringside.prod.svc..",
                             "ringside.prod.svc:", "ringside.prod.svc:0", "ringside.prod.svc:80:80",
                             "ringside.prod.svc/", "[ringside.prod.svc]", "evil.example"}) {
        EXPECT_FALSE(access.is_trusted_host(host)) << host;
    }
}

TEST(Access, a_page_by_a_configured_name_may_have_come_over_tls) {
    const Access access = *Access::open({"ringside.prod.svc"}, "");
    const auto status_of_origin = [&access](const char* origin) {
        http::Request request = post();
        request.host = "ringside.prod.svc";
        request.origin = origin;
        const auto refusal = access.refuse_foreign(request);
        return refusal ? refusal->status : 200;
    };

    EXPECT_EQ(status_of_origin("http://ringside.prod.svc"), 200u);
    EXPECT_EQ(status_of_origin("https://ringside.prod.svc"), 200u);
    for (const char* origin : {"https://evil.example", "ftp://ringside.prod.svc", "://x", "null",
                               "https://ringside.prod.svc:8443", "https://x.ringside.prod.svc"}) {
        EXPECT_EQ(status_of_origin(origin), 403u) << origin;
    }
}

}  // namespace
}  // namespace ringside::admin
