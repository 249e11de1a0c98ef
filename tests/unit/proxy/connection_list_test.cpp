#include "proxy/connection_list.h"

#include "proxy/worker.h"
#include "sim/fake_transport.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace ringside::proxy {
namespace {

using namespace std::chrono_literals;
using sim::WorkerBench;
using Side = Peer::Side;

ConnectionPage ask(WorkerBench& bench, const ConnectionQuestion& question) {
    ConnectionPage page;
    bench.worker.list(question, page);
    return page;
}

TEST(ConnectionList, of_a_new_worker_is_empty) {
    WorkerBench bench;

    const ConnectionPage page = ask(bench, {});

    EXPECT_TRUE(page.rows.empty());
    EXPECT_EQ(page.next, std::nullopt);
}

TEST(ConnectionList, shows_how_old_sessions_are_and_what_they_wait_for) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId busy = bench.connect_client();
    bench.advance(10s);
    bench.connect_client();
    bench.send(busy, "get a\r\nget b\r\n");

    const ConnectionPage page = ask(bench, {.side = Side::session});

    ASSERT_EQ(page.rows.size(), 2U);
    EXPECT_EQ(page.rows[0].side, Side::session);
    EXPECT_EQ(page.rows[0].pool, WorkerBench::kPool);
    EXPECT_EQ(page.rows[0].age, 10s);
    EXPECT_EQ(page.rows[0].in_flight, 2U);
    EXPECT_EQ(page.rows[1].age, 0s);
    EXPECT_EQ(page.rows[1].in_flight, 0U);
    EXPECT_NE(page.rows[0].id, page.rows[1].id);
    EXPECT_EQ(page.next, std::nullopt);
}

TEST(ConnectionList, shows_to_whom_links_lead_and_what_they_owe) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId client = bench.connect_client();
    bench.send(client, "get a\r\nget b\r\n");
    const ConnectionId link = bench.link_to(1);
    bench.send(link, "END\r\n");
    bench.advance(100ms);

    const ConnectionPage page = ask(bench, {.side = Side::link});

    ASSERT_EQ(page.rows.size(), 1U);
    EXPECT_EQ(page.rows[0].side, Side::link);
    EXPECT_EQ(page.rows[0].pool, WorkerBench::kPool);
    EXPECT_EQ(page.rows[0].node, 1U);
    EXPECT_EQ(page.rows[0].age, 100ms);
    EXPECT_EQ(page.rows[0].in_flight, 1U);
}

TEST(ConnectionList, one_that_has_closed_is_not_shown_any_more) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    const ConnectionId gone = bench.connect_client();
    bench.connect_client();
    const ConnectionPage before = ask(bench, {});

    bench.end(gone, StreamEnd::reset);
    const ConnectionPage after = ask(bench, {});

    ASSERT_EQ(before.rows.size(), 2U);
    ASSERT_EQ(after.rows.size(), 1U);
    EXPECT_EQ(after.rows[0].id, before.rows[1].id);
}

TEST(ConnectionList, pages_show_each_session_once) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    for (int i = 0; i < 150; ++i) {
        bench.connect_client();
    }

    std::multiset<std::uint64_t> seen;
    ConnectionQuestion question{.rows_max = 40};
    int pages = 0;
    for (; pages < 20; ++pages) {
        const ConnectionPage page = ask(bench, question);
        EXPECT_LE(page.rows.size(), 40U);
        for (const ConnectionRow& row : page.rows) {
            seen.insert(row.id);
        }
        if (!page.next) {
            break;
        }
        question.begin = *page.next;
    }

    EXPECT_EQ(seen.size(), 150U);
    EXPECT_EQ(std::set<std::uint64_t>(seen.begin(), seen.end()).size(), 150U);
    EXPECT_EQ(pages, 3);
}

TEST(ConnectionList, nobody_gets_more_rows_than_a_page_may_have) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    for (std::size_t i = 0; i < kConnectionRowsMax + 1; ++i) {
        bench.connect_client();
    }

    const ConnectionPage page = ask(bench, {.rows_max = 1'000'000});

    EXPECT_EQ(page.rows.size(), kConnectionRowsMax);
    ASSERT_TRUE(page.next);
    EXPECT_EQ(ask(bench, {.begin = *page.next}).rows.size(), 1U);
}

TEST(ConnectionList, a_page_looks_at_no_more_slots_than_it_may_however_many_are_empty) {
    WorkerBench bench;
    bench.adopt({"cache-1"});
    std::vector<ConnectionId> clients;
    for (std::size_t i = 0; i < kConnectionSlotsMax + 1; ++i) {
        clients.push_back(bench.connect_client());
    }
    for (std::size_t i = 0; i + 1 < clients.size(); ++i) {
        bench.end(clients[i], StreamEnd::reset);
    }

    const ConnectionPage first = ask(bench, {});
    EXPECT_TRUE(first.rows.empty());
    ASSERT_TRUE(first.next);
    const ConnectionPage second = ask(bench, {.begin = *first.next});

    EXPECT_EQ(second.rows.size(), 1U);
    EXPECT_EQ(second.next, std::nullopt);
}

TEST(ConnectionList, a_page_behind_the_last_slot_is_the_last_one) {
    WorkerBench bench;

    EXPECT_EQ(ask(bench, {.begin = UINT32_MAX}).next, std::nullopt);
}

}  // namespace
}  // namespace ringside::proxy
