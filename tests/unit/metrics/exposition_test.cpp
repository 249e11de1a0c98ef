#include "metrics/exposition.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>

namespace ringside::metrics {
namespace {

using namespace std::string_view_literals;

constexpr FamilyHead kRequests{"ringside_requests", FamilyType::counter, "", "requests of clients"};

std::string label(std::string_view name, std::string_view value) {
    std::string text;
    append_label(text, name, value);
    return text;
}

std::string written(Format format, const FamilyHead& head, std::string_view labels,
                    std::int64_t value) {
    std::string text;
    Exposition out(format, text);
    out.begin(head);
    out.sample(labels, value);
    out.end();
    return text;
}

TEST(Exposition, the_older_form_calls_a_counter_by_its_samples) {
    EXPECT_EQ(written(Format::prometheus, kRequests, "pool=\"a\"", 3),
              "# TYPE ringside_requests_total counter\n"
              "# HELP ringside_requests_total requests of clients\n"
              "ringside_requests_total{pool=\"a\"} 3\n");
}

TEST(Exposition, openmetrics_calls_it_by_its_family_and_has_an_end) {
    EXPECT_EQ(written(Format::open_metrics, kRequests, "pool=\"a\"", 3),
              "# TYPE ringside_requests counter\n"
              "# HELP ringside_requests requests of clients\n"
              "ringside_requests_total{pool=\"a\"} 3\n"
              "# EOF\n");
}

TEST(Exposition, units_are_told_in_openmetrics_only) {
    constexpr FamilyHead kTime{"process_cpu_seconds", FamilyType::counter, "seconds", "CPU time"};

    EXPECT_EQ(written(Format::open_metrics, kTime, "", 1),
              "# TYPE process_cpu_seconds counter\n"
              "# UNIT process_cpu_seconds seconds\n"
              "# HELP process_cpu_seconds CPU time\n"
              "process_cpu_seconds_total 1\n"
              "# EOF\n");
    EXPECT_EQ(written(Format::prometheus, kTime, "", 1).find("UNIT"), std::string::npos);
}

TEST(Exposition, an_info_is_a_gauge_where_that_type_is_not_known) {
    constexpr FamilyHead kBuild{"ringside_build", FamilyType::info, "", "release"};

    EXPECT_EQ(written(Format::prometheus, kBuild, "version=\"1\"", 1),
              "# TYPE ringside_build_info gauge\n"
              "# HELP ringside_build_info release\n"
              "ringside_build_info{version=\"1\"} 1\n");
    EXPECT_EQ(written(Format::open_metrics, kBuild, "version=\"1\"", 1),
              "# TYPE ringside_build info\n"
              "# HELP ringside_build release\n"
              "ringside_build_info{version=\"1\"} 1\n"
              "# EOF\n");
}

TEST(Exposition, a_family_without_samples_is_not_there) {
    std::string text;
    Exposition out(Format::prometheus, text);

    out.begin(kRequests);
    out.begin({"ringside_ready", FamilyType::gauge, "", "ready"});
    out.sample({}, "state=\"x\"", 1);

    EXPECT_EQ(text,
              "# TYPE ringside_ready gauge\n# HELP ringside_ready ready\n"
              "ringside_ready{state=\"x\"} 1\n");
}

TEST(Exposition, help_is_one_line_and_quotes_are_escaped_in_openmetrics_only) {
    constexpr FamilyHead kOdd{"odd", FamilyType::gauge, "", "a \"b\"\n\\c"};

    EXPECT_NE(written(Format::prometheus, kOdd, "", 1).find("# HELP odd a \"b\"\\n\\\\c\n"),
              std::string::npos);
    EXPECT_NE(written(Format::open_metrics, kOdd, "", 1).find("# HELP odd a \\\"b\\\"\\n\\\\c\n"),
              std::string::npos);
}

TEST(Exposition, numbers_are_written_in_full) {
    std::string text;
    Exposition out(Format::prometheus, text);
    out.begin({"g", FamilyType::gauge, "", "h"});
    text.clear();

    out.sample({}, std::numeric_limits<std::int64_t>::max());
    out.sample({}, std::numeric_limits<std::int64_t>::min());
    out.sample({}, 0.1);
    out.sample({}, 1700000000.25);
    out.sample({}, std::nan(""));
    out.sample({}, std::numeric_limits<double>::infinity());
    out.sample({}, -std::numeric_limits<double>::infinity());

    EXPECT_EQ(text,
              "# TYPE g gauge\n# HELP g h\n"
              "g 9223372036854775807\ng -9223372036854775808\ng 0.1\ng 1700000000.25\ng NaN\n"
              "g +Inf\ng -Inf\n");
}

TEST(Labels, are_joined_by_commas) {
    std::string labels;
    append_label(labels, "pool", "a");
    append_label(labels, "node", "b");

    EXPECT_EQ(labels, "pool=\"a\",node=\"b\"");
}

TEST(Labels, no_value_ends_its_quotes_or_its_line) {
    EXPECT_EQ(label("n", "a\"b"), "n=\"a\\\"b\"");
    EXPECT_EQ(label("n", "a\\"), "n=\"a\\\\\"");
    EXPECT_EQ(label("n", "a\nb"), "n=\"a\\nb\"");
    EXPECT_EQ(label("n", "a\r\tb\x7f"), "n=\"a\\\\x0d\\\\x09b\\\\x7f\"");
    EXPECT_EQ(label("n", "\0"sv), "n=\"\\\\x00\"");
    EXPECT_EQ(label("n", "\xc3\xa4\xff\xe2\x82"), "n=\"\xc3\xa4\\\\xff\\\\xe2\\\\x82\"");
}

// What two series are called by must differ where the names do.
TEST(Labels, different_bytes_stay_different) {
    for (int a = 0; a < 256; ++a) {
        for (int b = 0; b < a; ++b) {
            EXPECT_NE(label("n", std::string(1, static_cast<char>(a))),
                      label("n", std::string(1, static_cast<char>(b))));
        }
    }
}

TEST(Labels, hostile_values_leave_one_line_with_two_bare_quotes) {
    std::mt19937 random(7);
    constexpr std::string_view kBytes = "\"\\\n\r{},= \0\xff\xc3\xa4"sv;
    for (int round = 0; round < 10'000; ++round) {
        std::string value;
        for (std::size_t size = random() % 12; size > 0; --size) {
            value += kBytes[random() % kBytes.size()];
        }
        const std::string text = label("n", value);
        int bare_quotes = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            ASSERT_GE(static_cast<unsigned char>(text[i]), 0x20) << testing::PrintToString(value);
            if (text[i] == '\\') {
                ++i;  // whatever follows is escaped
            } else {
                bare_quotes += text[i] == '"' ? 1 : 0;
            }
        }
        ASSERT_EQ(bare_quotes, 2) << testing::PrintToString(value);
    }
}

}  // namespace
}  // namespace ringside::metrics
