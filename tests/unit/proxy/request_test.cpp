// A request ends when both the client's side and the link's side have let go of it.
#include "proxy/request.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::proxy {
namespace {

TEST(Requests, keeps_a_request_until_both_sides_have_let_go) {
    BufferPool buffers;
    Requests requests(buffers);
    const RequestHandle handle = requests.create();
    requests[handle].owed = true;

    requests.no_longer_awaited(handle);
    EXPECT_NE(requests.find(handle), nullptr);
    requests.no_longer_owed(handle);

    EXPECT_EQ(requests.find(handle), nullptr);
    EXPECT_EQ(requests.size(), 0u);
}

TEST(Requests, gives_the_next_tenant_of_a_slot_a_clean_request) {
    BufferPool buffers;
    Requests requests(buffers);
    const RequestHandle first = requests.create();
    Request& request = requests[first];
    request.reply.append("left over");
    request.expectation.append("left over");
    request.owners = {1, 2};
    request.parts = {first};
    request.answered = request.failed = request.no_reply = request.expired = true;
    requests.no_longer_awaited(first);

    const RequestHandle second = requests.create();

    EXPECT_EQ(second.index, first.index);
    const Request& fresh = requests[second];
    EXPECT_TRUE(fresh.awaited);
    EXPECT_TRUE(fresh.reply.empty());
    EXPECT_TRUE(fresh.expectation.empty());
    EXPECT_TRUE(fresh.owners.empty());
    EXPECT_TRUE(fresh.parts.empty());
    EXPECT_FALSE(fresh.answered || fresh.failed || fresh.no_reply || fresh.expired || fresh.owed);
}

TEST(Requests, keep_no_memory_when_they_have_ended) {
    BufferPool buffers;
    Requests requests(buffers);
    const RequestHandle handle = requests.create();
    requests[handle].reply.append(std::string(1 << 20, 'x'));
    requests[handle].expectation.append("a b c");
    requests[handle].owners.assign(100'000, 0);
    requests[handle].parts.assign(4'000, handle);
    requests.no_longer_awaited(handle);

    const Request& next = requests[requests.create()];

    EXPECT_EQ(next.reply.capacity(), 0U);
    EXPECT_EQ(next.expectation.capacity(), 0U);
    EXPECT_LE(next.owners.capacity(), 256U);
    EXPECT_LE(next.parts.capacity(), 256U);
}

TEST(RequestQueue, is_first_in_first_out) {
    BufferPool buffers;
    Requests requests(buffers);
    RequestQueue<&Request::next_on_link> queue;
    const RequestHandle a = requests.create();
    const RequestHandle b = requests.create();

    queue.push_back(requests, a);
    queue.push_back(requests, b);

    EXPECT_EQ(queue.size(), 2u);
    EXPECT_EQ(queue.pop_front(requests), a);
    EXPECT_EQ(queue.pop_front(requests), b);
    EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace ringside::proxy
