#include "discovery/slice_book.h"

#include "base/limits.h"
#include "recorded.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace ringside::discovery {
namespace {

using routing::Member;
using routing::MemberState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const ServiceView kView{.service = "cache", .name_space = "app", .port = "memcached"};

SliceEndpoint pod(const std::string& name, const std::string& address) {
    return {.address = address, .host_name = name, .pod = name};
}
SliceEndpoint leaving(SliceEndpoint endpoint) {
    endpoint.ready = false;
    endpoint.terminating = true;
    return endpoint;
}
SliceEndpoint failing(SliceEndpoint endpoint) {
    endpoint.ready = endpoint.serving = false;
    return endpoint;
}
EndpointSlice slice(const std::string& name, std::vector<SliceEndpoint> endpoints,
                    std::vector<SlicePort> ports = {{"memcached", 11211}, {"metrics", 9150}}) {
    return {
        .name = name, .version = "1", .endpoints = std::move(endpoints), .ports = std::move(ports)};
}

class SliceBookTest : public testing::Test {
  protected:
    void set(EndpointSlice slice) { EXPECT_TRUE(book.set(std::move(slice))); }
    std::vector<Member> members(const ServiceView& view = kView) {
        const auto found = book.members(view);
        EXPECT_TRUE(found) << found.error().message;
        return found ? found->members : std::vector<Member>();
    }
    std::vector<std::string> names(const ServiceView& view = kView) {
        std::vector<std::string> result;
        for (const Member& member : members(view)) {
            result.push_back(member.name);
        }
        return result;
    }
    std::string problem(const ServiceView& view = kView) {
        const auto found = book.members(view);
        return found ? "" : found.error().message;
    }

    SliceBook book;
};

TEST_F(SliceBookTest, a_node_is_called_by_host_name_else_pod_else_address) {
    set(slice("a", {{.address = "10.0.0.1", .host_name = "cache-0", .pod = "cache-0", .zone = "z"},
                    {.address = "10.0.0.2", .pod = "cache-7d9-x"},
                    {.address = "10.0.0.3"}}));

    EXPECT_THAT(members(),
                ElementsAre(Member{.name = "cache-0",
                                   .address = {"10.0.0.1", 11211},
                                   .host = "cache-0.cache.app.svc",
                                   .zone = "z"},
                            Member{.name = "10.0.0.3", .address = {"10.0.0.3", 11211}},
                            Member{.name = "cache-7d9-x", .address = {"10.0.0.2", 11211}}));
}

TEST_F(SliceBookTest, a_host_name_that_several_pods_have_is_no_identity) {
    set(slice("a", {{.address = "10.0.0.1", .host_name = "cache", .pod = "cache-x"},
                    {.address = "10.0.0.2", .host_name = "cache", .pod = "cache-y"}}));

    EXPECT_THAT(names(), ElementsAre("cache-x", "cache-y"));
}

TEST_F(SliceBookTest, an_endpoint_in_two_slices_is_one_node) {
    set(slice("b", {pod("cache-0", "10.0.0.1"), pod("cache-1", "10.0.0.2")}));
    set(slice("a", {pod("cache-0", "10.0.0.1")}));
    EXPECT_THAT(names(), ElementsAre("cache-0", "cache-1"));
    EXPECT_THAT(members()[0].other_ips, IsEmpty());

    book.remove("b");

    EXPECT_THAT(names(), ElementsAre("cache-0"));
}

TEST_F(SliceBookTest, of_two_families_ipv4_comes_first_whatever_came_first) {
    set(slice("a6", {pod("cache-0", "fd00::1")}));
    set(slice("b4", {pod("cache-0", "10.0.0.1")}));

    EXPECT_EQ(members()[0].address, (routing::Address{"10.0.0.1", 11211}));
    EXPECT_THAT(members()[0].other_ips, ElementsAre("fd00::1"));
}

TEST_F(SliceBookTest, who_is_not_ready_or_leaves_does_not_count_while_another_serves) {
    set(slice("a", {pod("cache-0", "10.0.0.1"), failing(pod("cache-1", "10.0.0.2")),
                    leaving(pod("cache-2", "10.0.0.3"))}));

    EXPECT_THAT(names(), ElementsAre("cache-0"));
    EXPECT_EQ(members()[0].state, MemberState::serving);
}

TEST_F(SliceBookTest, when_all_leave_those_that_serve_count) {
    set(slice("a",
              {leaving(pod("cache-0", "10.0.0.1")), failing(leaving(pod("cache-1", "10.0.0.2"))),
               failing(pod("cache-2", "10.0.0.3"))}));

    EXPECT_THAT(names(), ElementsAre("cache-0"));
    EXPECT_EQ(members()[0].state, MemberState::terminating);
}

TEST_F(SliceBookTest, a_pod_that_comes_again_takes_the_place_of_the_one_that_leaves) {
    set(slice("a", {leaving(pod("cache-0", "10.0.0.1")), pod("cache-0", "10.0.0.9")}));

    EXPECT_THAT(members(), ElementsAre(Member{.name = "cache-0",
                                              .address = {"10.0.0.9", 11211},
                                              .host = "cache-0.cache.app.svc"}));
}

TEST_F(SliceBookTest, not_ready_nodes_count_if_that_is_wished) {
    ServiceView view = kView;
    view.publish_not_ready = true;
    set(slice("a", {pod("cache-0", "10.0.0.1"), failing(pod("cache-1", "10.0.0.2")),
                    leaving(pod("cache-2", "10.0.0.3"))}));

    EXPECT_THAT(names(view), ElementsAre("cache-0", "cache-1"));
}

TEST_F(SliceBookTest, a_service_that_publishes_who_is_not_ready_does_not_decide_for_us) {
    SliceEndpoint endpoint = failing(pod("cache-1", "10.0.0.2"));
    endpoint.ready = true;  // publishNotReadyAddresses
    set(slice("a", {pod("cache-0", "10.0.0.1"), endpoint}));

    EXPECT_THAT(names(), ElementsAre("cache-0"));
}

TEST_F(SliceBookTest, the_port_is_taken_by_name_or_number_or_because_it_is_the_only_one) {
    set(slice("a", {pod("cache-0", "10.0.0.1")}, {{"memcached", 11311}, {"metrics", 9150}}));
    set(slice("b", {pod("cache-1", "10.0.0.2")}, {{"metrics", 9150}}));
    ServiceView view = kView;

    EXPECT_THAT(names(view), ElementsAre("cache-0"));
    EXPECT_EQ(members(view)[0].address.port, 11311);
    view.port = "7";
    EXPECT_EQ(members(view)[1].address, (routing::Address{"10.0.0.2", 7}));
    view.port = "";
    EXPECT_THAT(names(view), ElementsAre("cache-1"));
    view.port = "redis";
    EXPECT_EQ(problem(view),
              "service app/cache has no port \"redis\", its ports are memcached, metrics");
    EXPECT_NE(book.members(view).error().code, base::Errc::not_found) << "who asks is wrong";
    view.port = "";
    book.remove("b");
    EXPECT_EQ(problem(view),
              "service app/cache has not one port but memcached, metrics; name one in \"port\"");
}

TEST_F(SliceBookTest, why_there_is_no_node_is_told) {
    EXPECT_EQ(problem(), "service app/cache has no EndpointSlice: is there such a service?");
    set(slice("a", {}));
    EXPECT_EQ(problem(), "service app/cache has no endpoint that serves, of 0");
    set(slice("a", {failing(pod("cache-0", "10.0.0.1")), failing(pod("cache-1", "10.0.0.2"))}));
    EXPECT_EQ(problem(), "service app/cache has no endpoint that serves, of 2");
    EXPECT_EQ(book.members(kView).error().code, base::Errc::not_found) << "there are no nodes";
}

TEST_F(SliceBookTest, too_much_is_refused_and_what_was_there_stays) {
    const auto many = [](std::size_t from, std::size_t count) {
        std::vector<SliceEndpoint> endpoints;
        for (std::size_t i = from; i < from + count; ++i) {
            endpoints.push_back({.address = fmt::format("10.{}.{}.1", i / 256, i % 256)});
        }
        return endpoints;
    };
    set(slice("a", many(0, base::kPoolNodesMax)));
    EXPECT_EQ(names().size(), base::kPoolNodesMax);
    set(slice("b", many(base::kPoolNodesMax, 1)));
    EXPECT_THAT(problem(), HasSubstr("has 4097 nodes, more than 4096"));

    set(slice("b", many(0, SliceBook::kEndpointsMax - base::kPoolNodesMax)));
    EXPECT_FALSE(book.set(slice("c", many(0, 1))));
    set(slice("b", {}));
    for (std::size_t i = 2; i < SliceBook::kSlicesMax; ++i) {
        set(slice(std::to_string(i), {}));
    }
    EXPECT_FALSE(book.set(slice("one more", {})));

    EXPECT_EQ(names().size(), base::kPoolNodesMax);
}

TEST_F(SliceBookTest, a_recorded_watch_makes_the_nodes_of_each_moment) {
    const auto list = parse_slice_list(recorded("list-two"));
    set(list->slices.at(0));
    std::vector<std::string> moments{fmt::format("{}", fmt::join(names(), " "))};
    for (const std::string& line : recorded_lines("watch")) {
        auto event = parse_watch_event(line);
        if (event->kind == WatchEvent::Kind::removed) {
            book.remove(event->slice.name);
        } else if (event->kind == WatchEvent::Kind::set) {
            set(std::move(event->slice));
        }
        moments.push_back(book.members(kView) ? fmt::format("{}", fmt::join(names(), " ")) : "-");
    }

    EXPECT_THAT(moments,
                ElementsAre("cache-1 cache-2", "cache-1 cache-2 cache-3", "cache-1 cache-3",
                            "cache-1 cache-2", "cache-1 cache-2 cache-4", "cache-1 cache-2 cache-4",
                            "cache-1 cache-4", "-", "10.77.0.9", "10.77.0.9", "10.77.0.9"));
}

}  // namespace
}  // namespace ringside::discovery
