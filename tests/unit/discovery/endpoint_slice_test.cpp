#include "discovery/endpoint_slice.h"

#include "recorded.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::discovery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = WatchEvent::Kind;

SliceEndpoint cache(int number) {
    return {.address = fmt::format("10.77.0.{}", number),
            .host_name = fmt::format("cache-{}", number),
            .pod = fmt::format("cache-{}", number),
            .zone = fmt::format("zone-{}", number % 2)};
}

std::string list_of(std::string_view slice) {
    return fmt::format(R"({{"kind":"EndpointSliceList","metadata":{{"resourceVersion":"7"}},)"
                       R"("items":[{}]}})",
                       slice);
}
std::string slice_of(std::string_view endpoints, std::string_view type = "IPv4",
                     std::string_view ports = "null") {
    return fmt::format(R"({{"metadata":{{"name":"s","resourceVersion":"6"}},"addressType":"{}",)"
                       R"("endpoints":{},"ports":{}}})",
                       type, endpoints, ports);
}

TEST(EndpointSlice, a_recorded_list_is_read) {
    const auto list = parse_slice_list(recorded("list-two"));

    ASSERT_TRUE(list) << list.error().message;
    EXPECT_EQ(list->version, "208");
    EXPECT_EQ(list->next, "");
    ASSERT_THAT(list->slices, SizeIs(1));
    EXPECT_EQ(list->slices[0].name, "cache-1");
    EXPECT_THAT(list->slices[0].endpoints, ElementsAre(cache(1), cache(2)));
    EXPECT_THAT(list->slices[0].ports,
                ElementsAre(SlicePort{"memcached", 11211}, SlicePort{"metrics", 9150}));
}

TEST(EndpointSlice, a_recorded_list_comes_in_pages_with_null_lists_and_bare_endpoints) {
    const auto first = parse_slice_list(recorded("list-page-1"));
    const auto second = parse_slice_list(recorded("list-page-2"));
    const auto none = parse_slice_list(recorded("list-empty"));

    ASSERT_TRUE(first && second && none);
    EXPECT_NE(first->next, "");
    EXPECT_NE(second->next, first->next);
    EXPECT_EQ(second->version, first->version);
    ASSERT_THAT(first->slices, SizeIs(2));
    EXPECT_THAT(first->slices[0].endpoints, IsEmpty());  // null
    EXPECT_THAT(first->slices[1].endpoints, ElementsAre(SliceEndpoint{.address = "10.77.0.9"}));
    EXPECT_THAT(second->slices, SizeIs(2));
    EXPECT_THAT(none->slices, IsEmpty());
}

TEST(EndpointSlice, a_recorded_watch_is_read_line_by_line) {
    std::vector<Kind> kinds;
    std::vector<std::string> versions;
    std::vector<WatchEvent> events;
    for (const std::string& line : recorded_lines("watch")) {
        auto event = parse_watch_event(line);
        ASSERT_TRUE(event) << event.error().message;
        kinds.push_back(event->kind);
        versions.push_back(event->version);
        events.push_back(std::move(*event));
    }

    EXPECT_THAT(kinds, ElementsAre(Kind::set, Kind::set, Kind::set, Kind::set, Kind::set, Kind::set,
                                   Kind::removed, Kind::set, Kind::bookmark, Kind::bookmark));
    EXPECT_THAT(versions,
                ElementsAre("209", "210", "211", "212", "213", "214", "215", "216", "216", "216"));
    const SliceEndpoint& not_ready = events[1].slice.endpoints[1];
    EXPECT_TRUE(!not_ready.ready && !not_ready.serving && !not_ready.terminating);
    const SliceEndpoint& leaving = events[2].slice.endpoints[2];
    EXPECT_TRUE(!leaving.ready && leaving.serving && leaving.terminating);
    EXPECT_EQ(events[6].slice.name, "cache-2");
}

TEST(EndpointSlice, a_recorded_watch_that_is_too_old_is_told_so) {
    const auto event = parse_watch_event(recorded_lines("watch-too-old")[0]);

    ASSERT_TRUE(event);
    EXPECT_EQ(event->kind, Kind::failed);
    EXPECT_EQ(event->code, 410U);
    EXPECT_EQ(event->problem, "too old resource version: 1 (2)");
}

TEST(EndpointSlice, an_error_is_told_in_its_words) {
    EXPECT_EQ(status_message(recorded("list-401")), "Unauthorized");
    EXPECT_THAT(status_message(recorded("list-403")), HasSubstr("cannot list resource"));
    EXPECT_EQ(status_message("no\njson"), "no?json");
    EXPECT_THAT(status_message(std::string(10'000, 'x')), SizeIs(303));
}

TEST(EndpointSlice, what_is_missing_has_its_meaning) {
    const auto list = parse_slice_list(list_of(slice_of(
        R"([{"addresses":["10.0.0.1","10.0.0.2"]}, {"addresses":null},)"
        R"({"addresses":["10.0.0.3"],"conditions":{"ready":false}},)"
        R"({"addresses":["10.0.0.4"],"targetRef":{"kind":"Node","name":"n"},"hostname":null}])",
        "IPv4",
        R"([{"port":null},{"port":53,"protocol":"UDP"},{"port":1,"protocol":null,"name":null}])")));

    ASSERT_TRUE(list) << list.error().message;
    EXPECT_THAT(list->slices[0].endpoints,
                ElementsAre(SliceEndpoint{.address = "10.0.0.1"},
                            SliceEndpoint{.address = "10.0.0.3", .ready = false, .serving = false},
                            SliceEndpoint{.address = "10.0.0.4"}));
    EXPECT_THAT(list->slices[0].ports, ElementsAre(SlicePort{"", 1}));
}

TEST(EndpointSlice, ipv6_addresses_and_host_names_are_read_as_their_type_says) {
    EXPECT_TRUE(parse_slice_list(list_of(slice_of(R"([{"addresses":["fd00::1"]}])", "IPv6"))));
    EXPECT_TRUE(parse_slice_list(list_of(slice_of(R"([{"addresses":["a.example"]}])", "FQDN"))));
    EXPECT_FALSE(parse_slice_list(list_of(slice_of(R"([{"addresses":["a.example"]}])", "IPv4"))));
}

struct Refusal {
    std::string body;
    const char* problem;
};

class ListRefused : public testing::TestWithParam<Refusal> {};

TEST_P(ListRefused, tells_why_in_one_line) {
    const auto list = parse_slice_list(GetParam().body);

    ASSERT_FALSE(list) << GetParam().body;
    EXPECT_EQ(list.error().code, base::Errc::malformed);
    EXPECT_THAT(list.error().message, HasSubstr(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    All, ListRefused,
    testing::Values(
        Refusal{"", "no JSON at byte"}, Refusal{"[1]", "is no EndpointSliceList"},
        Refusal{R"({"kind":"Status"})", "is no EndpointSliceList"},
        Refusal{R"({"kind":"EndpointSliceList"})", "the list has no resourceVersion"},
        Refusal{R"({"kind":"EndpointSliceList","metadata":{"resourceVersion":"a b"}})",
                "resourceVersion is no usable text"},
        Refusal{R"({"kind":"EndpointSliceList","metadata":{"resourceVersion":7}})",
                "resourceVersion is not text"},
        Refusal{list_of("{}"), "an EndpointSlice has no name"},
        Refusal{list_of("7"), "an EndpointSlice has no name"},
        Refusal{list_of(slice_of("{}")), "endpoints is not a list"},
        Refusal{list_of(slice_of(R"([{"addresses":["169.254.169.254"]}])")),
                "\"169.254.169.254\" is an unspecified, multicast or link-local address"},
        Refusal{list_of(slice_of(R"([{"addresses":["0.0.0.0"]}])")), "\"0.0.0.0\" is an unspec"},
        Refusal{list_of(slice_of(R"([{"addresses":[7]}])")), "\"\" is no address of type"},
        Refusal{list_of(slice_of(R"([{"addresses":["10.0.0.1"],"hostname":"a\nb"}])")),
                "hostname \"a?b\" is not a name"},
        Refusal{list_of(slice_of(R"([{"addresses":["10.0.0.1"],)"
                                 R"("targetRef":{"kind":"Pod","name":"a b"}}])")),
                "name \"a b\" is not a name"},
        Refusal{list_of(slice_of(R"([{"addresses":["10.0.0.1"],"conditions":{"ready":1}}])")),
                "ready is neither true nor false"},
        Refusal{list_of(slice_of("[]", "IPv4", R"([{"port":65536}])")), "a port is out of range"},
        Refusal{std::string(100, '[') + std::string(100, ']'), "nested deeper than 64"}));

TEST(EndpointSlice, a_slice_has_no_more_endpoints_than_the_api_allows) {
    std::string endpoints = "[{}";
    for (std::size_t i = 1; i < kSliceEndpointsMax; ++i) {
        endpoints += ",{}";
    }
    EXPECT_TRUE(parse_slice_list(list_of(slice_of(endpoints + "]"))));

    const auto list = parse_slice_list(list_of(slice_of(endpoints + ",{}]")));
    ASSERT_FALSE(list);
    EXPECT_EQ(list.error().message, "EndpointSlice s has 1001 endpoints, more than 1000");
}

TEST(EndpointSlice, an_event_of_an_unknown_kind_or_without_a_version_is_refused) {
    EXPECT_THAT(parse_watch_event(R"({"type":"NEW"})").error().message, HasSubstr("\"NEW\""));
    EXPECT_THAT(parse_watch_event(R"({"type":"BOOKMARK","object":{}})").error().message,
                HasSubstr("has no resourceVersion"));
    EXPECT_FALSE(parse_watch_event("[]"));
}

}  // namespace
}  // namespace ringside::discovery
