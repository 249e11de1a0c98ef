// A request ends once, and leaves nothing behind.
#include "proxy/request.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace ringside::proxy {
namespace {

TEST(RequestPhases, lead_from_waiting_over_an_answer_to_the_end_and_nowhere_else) {
    constexpr std::array kAll{RequestPhase::free, RequestPhase::waiting, RequestPhase::answered,
                              RequestPhase::trailing};
    constexpr std::array kAllowed{std::pair{RequestPhase::free, RequestPhase::waiting},
                                  std::pair{RequestPhase::waiting, RequestPhase::answered},
                                  std::pair{RequestPhase::waiting, RequestPhase::free},
                                  std::pair{RequestPhase::answered, RequestPhase::trailing},
                                  std::pair{RequestPhase::answered, RequestPhase::free},
                                  std::pair{RequestPhase::trailing, RequestPhase::free}};

    for (const RequestPhase from : kAll) {
        for (const RequestPhase to : kAll) {
            const bool allowed =
                std::find(kAllowed.begin(), kAllowed.end(), std::pair{from, to}) != kAllowed.end();
            EXPECT_EQ(may_follow(from, to), allowed) << int(from) << " to " << int(to);
        }
    }
}

TEST(Requests, forgets_a_request_that_has_ended_and_its_parts) {
    BufferPool buffers;
    Requests requests(buffers);
    const RequestHandle whole = requests.create({});
    const RequestHandle part = requests.create({});
    requests[part].parent = whole;
    requests[whole].parts.push_back(part);

    requests.end(whole, requests[whole]);

    EXPECT_EQ(requests.find(whole), nullptr);
    EXPECT_EQ(requests.find(part), nullptr);
    EXPECT_EQ(requests.size(), 0u);
}

TEST(Requests, gives_the_next_tenant_of_a_slot_a_clean_request) {
    BufferPool buffers;
    Requests requests(buffers);
    const RequestHandle first = requests.create({});
    Request& request = requests[first];
    request.reply.append("left over");
    request.keep.append("left over");
    request.expectation.append("left over");
    request.owners = {1, 2};
    request.asked_bytes = request.begun_bytes = request.parts_left = request.at = 7;
    request.plan = &plans::kLocalThenQuiet;
    request.no_reply = request.has_kept_answer = request.is_going_on = true;
    request.dialect = protocol::Dialect::resp3;
    request.become(RequestPhase::answered);
    requests.end(first, requests[first]);

    const RequestHandle second = requests.create({});

    EXPECT_EQ(second.index, first.index);
    const Request& fresh = requests[second];
    EXPECT_TRUE(fresh.is_waiting());
    EXPECT_TRUE(fresh.reply.empty() && fresh.keep.empty() && fresh.expectation.empty());
    EXPECT_TRUE(fresh.owners.empty() && fresh.parts.empty());
    EXPECT_EQ(fresh.asked_bytes + fresh.begun_bytes + fresh.parts_left + fresh.at, 0u);
    EXPECT_EQ(fresh.plan, &plans::kForward);
    EXPECT_FALSE(fresh.no_reply || fresh.has_kept_answer || fresh.is_going_on);
    EXPECT_EQ(fresh.dialect, protocol::Dialect::standard);
}

TEST(Requests, keep_no_memory_when_they_have_ended) {
    BufferPool buffers;
    Requests requests(buffers);
    const RequestHandle handle = requests.create({});
    requests[handle].reply.append(std::string(1 << 20, 'x'));
    requests[handle].keep.append("a");
    requests[handle].expectation.append("a b c");
    requests[handle].owners.assign(100'000, 0);
    requests.end(handle, requests[handle]);

    const Request& next = requests[requests.create({})];

    EXPECT_EQ(next.reply.capacity(), 0U);
    EXPECT_EQ(next.keep.capacity(), 0U);
    EXPECT_EQ(next.expectation.capacity(), 0U);
    EXPECT_LE(next.owners.capacity(), 256U);
}

TEST(RequestQueue, is_first_in_first_out) {
    BufferPool buffers;
    Requests requests(buffers);
    RequestQueue queue;
    const RequestHandle a = requests.create({});
    const RequestHandle b = requests.create({});

    queue.push_back(requests, a);
    queue.push_back(requests, b);

    EXPECT_EQ(queue.size(), 2u);
    EXPECT_EQ(queue.front(), a);
    queue.pop_front(requests[a]);
    EXPECT_EQ(queue.front(), b);
    queue.pop_front(requests[b]);
    EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace ringside::proxy
