#include "http/accept.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace ringside::http {
namespace {

constexpr MediaType kText{"text", "plain", "0.0.4"};
constexpr MediaType kOpenMetrics{"application", "openmetrics-text", "1.0.0"};

std::uint32_t quality(std::string_view accept, const MediaType& type = kText) {
    return preference_of(accept, type).quality;
}

TEST(Accept, nothing_said_accepts_everything) {
    EXPECT_EQ(quality(""), 1000u);
    EXPECT_EQ(quality("  "), 1000u);
    EXPECT_EQ(preference_of("", kText), preference_of("", kOpenMetrics));
}

TEST(Accept, the_most_precise_range_decides_wherever_it_stands) {
    constexpr std::string_view kAccept =
        "*/*;q=0.9, text/plain;q=0.2, text/*;q=0.5, text/plain;version=0.0.4;q=0.1";

    EXPECT_EQ(quality(kAccept), 100u);
    EXPECT_EQ(quality(kAccept, {"text", "plain", "9"}), 200u);
    EXPECT_EQ(quality(kAccept, {"text", "html", "5"}), 500u);
    EXPECT_EQ(quality(kAccept, kOpenMetrics), 900u);
}

TEST(Accept, zero_refuses_although_everything_else_is_fine) {
    EXPECT_EQ(quality("text/plain;q=0, */*"), 0u);
    EXPECT_EQ(quality("text/plain;q=0.000, */*"), 0u);
    EXPECT_GT(quality("text/plain;q=0, */*", kOpenMetrics), 0u);
}

TEST(Accept, another_type_or_version_does_not_fit) {
    EXPECT_EQ(quality("text/html"), 0u);
    EXPECT_EQ(quality("text/plain;version=1.0.0"), 0u);
    EXPECT_EQ(quality("application/openmetrics-text;version=0.0.1", kOpenMetrics), 0u);
    EXPECT_EQ(quality("*/plain"), 0u);
}

// prometheus/scrape/scrape.go: what Prometheus 2.42 and 3.0 ask for.
TEST(Accept, prometheus_would_rather_have_openmetrics) {
    for (const std::string_view accept :
         {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
          "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
          "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
          "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;"
          "escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,/*;q=0.1"}) {
        EXPECT_GT(preference_of(accept, kOpenMetrics), preference_of(accept, kText)) << accept;
        EXPECT_GT(quality(accept), 0u) << accept;
    }
}

TEST(Accept, words_are_compared_without_case_and_blanks_and_quotes_do_not_matter) {
    EXPECT_EQ(quality("TEXT/Plain ; Version=\"0.0.4\" ;\tQ=0.25"), 250u);
    EXPECT_EQ(quality("text/plain;note=\"a,b;q=0\\\"\";q=0.5"), 500u);
}

TEST(Accept, what_is_malformed_is_skipped) {
    for (const std::string_view wrong :
         {"text", "/", "text/", "/plain", ";q=1", "text/plain;q=2", "text/plain;q=1.001",
          "text/plain;q=.5", "text/plain;q=-1", "text/plain;q=0.1234", "text/plain;q=0,5x",
          "text/plain;q=", ",,,"}) {
        EXPECT_EQ(quality(std::string(wrong) + ", text/plain;q=0.3"), 300u) << wrong;
    }
}

TEST(Accept, any_cut_of_it_is_read_within_bounds) {
    const std::string whole =
        "text/plain;version=\"0.0.4\\\"\";q=0.5, application/*;q=0.1, \"\\,;=/*/*";
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const std::string cut(whole, 0, size);  // of its own, for the sanitizer

        EXPECT_LE(quality(cut), 1000u);
    }
}

TEST(Accept, a_coding_is_used_only_if_it_is_asked_for) {
    for (const char* field : {"gzip", "GZIP", "br, gzip", "deflate;q=1, gzip ; q=0.001", "*",
                              "br;q=0, *;q=0.1", "gzip;q=0.5, *;q=0"}) {
        EXPECT_TRUE(accepts_coding(field, "gzip")) << field;
    }
    for (const char* field : {"", "br", "identity", "gzip;q=0", "gzip;q=0.000, *", "*;q=0",
                              "gzip;q=x", "gzip;level=9", "gzipped", "\"gzip\""}) {
        EXPECT_FALSE(accepts_coding(field, "gzip")) << field;
    }
}

}  // namespace
}  // namespace ringside::http
