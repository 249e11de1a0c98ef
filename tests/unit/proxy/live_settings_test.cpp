// Settings that change while something is under way: what holds for it, and what for the next.
#include "proxy/worker.h"
#include "sim/fake_transport.h"
#include "unit/proxy/keys.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::proxy {
namespace {

using namespace std::chrono_literals;
using routing::ProtocolKind;
using sim::WorkerBench;
using testing::HasSubstr;

constexpr const char* kTooLarge = "SERVER_ERROR object too large for cache\r\n";

// A client of a pool whose policy a test changes and loads again.
class LiveSettings : public ::testing::Test {
  protected:
    // So many nodes, "cache-1" at 10.0.0.1.
    void serve(int nodes) {
        for (int i = 1; i <= nodes; ++i) {
            names_.push_back(fmt::format("cache-{}", i));
        }
        load();
        client_ = bench_.connect_client();
    }
    void load() { bench_.adopt(names_, policy_); }
    void send(const std::string& request) { bench_.send(client_, request); }
    std::string received() { return bench_.received(client_); }
    std::string received(ConnectionId link) { return bench_.received(link); }
    std::size_t dials() const { return bench_.transport.dialled.size(); }
    bool is_open(ConnectionId connection) { return bench_.transport[connection].open; }
    std::string get_of(int place, int skip = 0) {
        return "get " + key_of(bench_, place, skip) + "\r\n";
    }

    WorkerBench bench_;
    routing::PoolPolicy policy_;
    std::vector<std::string> names_;
    ConnectionId client_{};
};

// --- server_connections ---

class OtherNumberOfConnections : public LiveSettings,
                                 public ::testing::WithParamInterface<std::uint32_t> {
  protected:
    OtherNumberOfConnections() {
        policy_.connections_per_node = 2;
        serve(1);
    }
    void load_other() {
        policy_.connections_per_node = GetParam();
        load();
    }
};

TEST_P(OtherNumberOfConnections, what_is_under_way_is_answered_over_the_old_ones) {
    const ConnectionId other_client = bench_.connect_client();
    send("get a\r\n");
    const ConnectionId old_link = bench_.link_to(1);

    load_other();
    bench_.send(other_client, "get b\r\n");
    ASSERT_EQ(dials(), 2U);
    const ConnectionId new_link = bench_.link_to(1);
    EXPECT_EQ(received(new_link), "get b\r\n");
    bench_.send(new_link, "END\r\n");
    bench_.send(old_link, "VALUE a 0 1\r\nA\r\nEND\r\n");

    EXPECT_EQ(received(), "VALUE a 0 1\r\nA\r\nEND\r\n");
    EXPECT_EQ(bench_.received(other_client), "END\r\n");
    EXPECT_FALSE(is_open(old_link));
    EXPECT_TRUE(is_open(new_link));
}

TEST_P(OtherNumberOfConnections, what_waits_for_a_dial_is_still_sent) {
    send("set a 0 0 1 noreply\r\nA\r\nget a\r\n");
    const ConnectionId old_link = bench_.transport.dialled.back();

    load_other();
    bench_.connected(old_link);
    EXPECT_EQ(received(old_link), "set a 0 0 1\r\nA\r\nget a\r\n");
    bench_.send(old_link, "STORED\r\nVALUE a 0 1\r\nA\r\nEND\r\n");

    EXPECT_EQ(received(), "VALUE a 0 1\r\nA\r\nEND\r\n");
    EXPECT_FALSE(is_open(old_link));
}

TEST_P(OtherNumberOfConnections, what_a_slow_node_has_not_taken_yet_is_written_to_the_end) {
    send("get warm\r\n");
    const ConnectionId old_link = bench_.link_to(1);
    bench_.send(old_link, "END\r\n");
    received();
    received(old_link);
    bench_.transport[old_link].room = 10;
    send("set a 0 0 1 noreply\r\nA\r\n");

    load_other();
    EXPECT_TRUE(is_open(old_link));
    bench_.writable(old_link);

    EXPECT_EQ(received(old_link), "set a 0 0 1\r\nA\r\n");
}

TEST_P(OtherNumberOfConnections, with_preconnect_all_of_them_are_opened_at_once) {
    policy_.preconnect = true;
    load_other();

    EXPECT_EQ(dials(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(LowerAndHigher, OtherNumberOfConnections, ::testing::Values(1U, 3U));

// --- preconnect ---

TEST_F(LiveSettings, preconnect_switched_on_connects_to_a_node_that_has_just_refused) {
    serve(1);
    send("get a\r\n");
    bench_.end(bench_.transport.dialled.back(), StreamEnd::refused);

    policy_.preconnect = true;
    load();
    EXPECT_EQ(dials(), 1U) << "it is not to be dialled yet";
    bench_.advance(2s);

    EXPECT_EQ(dials(), 2U) << "nobody has asked for it";
}

TEST_F(LiveSettings, preconnect_is_not_forgotten_when_the_number_of_connections_changes) {
    policy_.preconnect = true;
    serve(1);
    bench_.end(bench_.transport.dialled.back(), StreamEnd::refused);

    policy_.connections_per_node = 2;
    load();
    bench_.advance(2s);
    ASSERT_EQ(dials(), 2U) << "one of them tries whether the node is back";
    const ConnectionId link = bench_.transport.dialled.back();
    bench_.connected(link);
    bench_.send(link, "VERSION 1.6.18\r\n");
    bench_.advance(1s);

    EXPECT_EQ(dials(), 3U);
}

TEST_F(LiveSettings, a_node_that_turns_links_away_is_tried_with_one_of_its_many) {
    policy_.preconnect = true;
    policy_.connections_per_node = 10;
    serve(1);
    const auto turn_away_all = [this] {
        for (std::size_t i = 0; i < bench_.transport.dialled.size(); ++i) {
            const ConnectionId link = bench_.transport.dialled[i];
            if (is_open(link)) {
                bench_.connected(link);
                bench_.send(link, "ERROR Too many open connections\r\n");
                bench_.end(link, StreamEnd::eof);
            }
        }
    };
    turn_away_all();
    const std::size_t before = dials();

    for (int i = 0; i < 400; ++i) {
        bench_.advance(10ms);
        turn_away_all();
    }

    EXPECT_LE(dials() - before, 15U) << "of 4 s";
    EXPECT_GE(dials() - before, 3U);
}

TEST_F(LiveSettings, a_node_that_can_be_ejected_from_now_on_is_dialled_at_once) {
    serve(1);
    for (int i = 0; i < 6; ++i) {
        send("get a\r\n");
        bench_.end(bench_.transport.dialled.back(), StreamEnd::refused);
        bench_.advance(10ms);
    }
    send("get a\r\n");
    const std::size_t before = dials();
    received();

    policy_.auto_eject = true;
    load();
    send("get a\r\n");

    EXPECT_EQ(dials(), before + 1);
}

TEST_F(LiveSettings, preconnect_switched_on_leaves_a_node_alone_that_is_given_up) {
    std::vector<routing::PoolNode> nodes{
        {.node = {.id = 1, .name = "cache-1", .address = {"10.0.0.1", 11211}},
         .addresses = {{"10.0.0.1", 11211}},
         .fails_with = "connection refused"}};
    bench_.adopt(nodes, policy_);

    policy_.preconnect = true;
    bench_.adopt(nodes, policy_);
    bench_.advance(10s);
    EXPECT_EQ(dials(), 0U);

    nodes[0].fails_with.clear();
    bench_.adopt(nodes, policy_);
    EXPECT_EQ(dials(), 1U);
}

TEST_F(LiveSettings, preconnect_switched_off_dials_no_more_and_keeps_what_is_open) {
    policy_.preconnect = true;
    serve(2);
    const ConnectionId kept = bench_.link_to(1);
    bench_.end(bench_.link_to(2), StreamEnd::eof);

    policy_.preconnect = false;
    load();
    bench_.advance(10s);

    EXPECT_EQ(dials(), 2U);
    EXPECT_TRUE(is_open(kept));
}

// --- timeout; see also upstream_test.cpp ---

TEST_F(LiveSettings, a_shorter_timeout_holds_for_each_part_of_a_request) {
    serve(2);
    send("get " + key_of(bench_, 1) + " " + key_of(bench_, 2) + "\r\n");
    bench_.send(bench_.link_to(1), "END\r\n");
    bench_.link_to(2);

    policy_.timeout = 100ms;
    load();
    bench_.advance(110ms);

    EXPECT_THAT(received(), HasSubstr("Connection timed out"));
}

TEST_F(LiveSettings, a_link_that_has_been_silent_for_too_long_by_a_shorter_timeout_is_given_up) {
    policy_.timeout = 1000ms;
    serve(1);
    send("get a\r\n");
    const ConnectionId link = bench_.link_to(1);
    bench_.advance(1010ms);
    EXPECT_NE(received(), "");
    bench_.advance(1500ms);
    ASSERT_TRUE(is_open(link));  // the answer may come late

    policy_.timeout = 100ms;
    load();
    bench_.advance(10ms);

    EXPECT_FALSE(is_open(link));
}

TEST_F(LiveSettings, a_shorter_timeout_holds_for_a_dial_that_is_under_way) {
    serve(1);
    send("get a\r\n");

    policy_.timeout = 100ms;
    load();
    bench_.advance(110ms);

    EXPECT_THAT(received(), HasSubstr("Connection timed out"));
}

// --- value_bytes_max, request_bytes_max, strict_twemproxy ---

TEST_F(LiveSettings, a_lower_value_bytes_max_refuses_a_value_that_is_half_received) {
    serve(1);
    send("set a 0 0 1000\r\n" + std::string(500, 'x'));

    policy_.value_bytes_max = 100;
    load();
    send(std::string(500, 'x') + "\r\nget b\r\n");
    const ConnectionId link = bench_.link_to(1);
    EXPECT_EQ(received(link), "delete a\r\nget b\r\n");
    bench_.send(link, "DELETED\r\nEND\r\n");

    EXPECT_EQ(received(), std::string(kTooLarge) + "END\r\n");
}

TEST_F(LiveSettings, a_higher_value_bytes_max_does_not_take_half_of_a_value) {
    policy_.value_bytes_max = 100;
    serve(1);
    send("set a 0 0 1000\r\n" + std::string(500, 'x'));

    policy_.value_bytes_max = 10'000;
    load();
    send(std::string(500, 'x') + "\r\nset b 0 0 1000\r\n" + std::string(1000, 'y') + "\r\n");
    const ConnectionId link = bench_.link_to(1);
    EXPECT_EQ(received(link), "delete a\r\nset b 0 0 1000\r\n" + std::string(1000, 'y') + "\r\n");
    bench_.send(link, "DELETED\r\nSTORED\r\n");

    EXPECT_EQ(received(), std::string(kTooLarge) + "STORED\r\n");
}

std::string mset_of(std::size_t values, std::size_t bytes) {
    std::string request = fmt::format("*{}\r\n$4\r\nMSET\r\n", 1 + 2 * values);
    for (std::size_t i = 0; i < values; ++i) {
        request += fmt::format("$1\r\nk\r\n${}\r\n{}\r\n", bytes, std::string(bytes, 'x'));
    }
    return request;
}

// The first half of a request arrives, a limit changes, the rest comes in pieces.
class HalfReceived : public LiveSettings, public ::testing::WithParamInterface<std::size_t> {
  protected:
    HalfReceived() {
        policy_.protocol = ProtocolKind::redis;
        serve(1);
    }
    void send_over_a_load(const std::string& request) {
        const std::size_t half = request.size() / 2;
        send(request.substr(0, half));
        load();
        bench_.send(client_, request.substr(half) + "PING\r\n", GetParam());
    }
};

TEST_P(HalfReceived, is_refused_by_a_lower_value_bytes_max) {
    policy_.value_bytes_max = 100;
    send_over_a_load(mset_of(1, 1000));

    EXPECT_EQ(received(),
              "-ERR an argument of 1000 bytes is above the value_bytes_max of this pool, "
              "100\r\n+PONG\r\n");
    EXPECT_TRUE(is_open(client_));
}

TEST_F(LiveSettings, a_lower_request_bytes_max_refuses_a_request_that_is_half_received) {
    policy_.protocol = ProtocolKind::redis;
    serve(1);
    const std::string request = mset_of(6, 1'000'000);
    send(request.substr(0, 2'000'000));

    policy_.request_bytes_max = 1;  // with the space for small arguments 3 MiB
    load();
    send(request.substr(2'000'000) + "PING\r\n");

    EXPECT_THAT(received(), testing::AllOf(HasSubstr("above the request_bytes_max of this pool"),
                                           testing::EndsWith("+PONG\r\n")));
    EXPECT_TRUE(is_open(client_));
}

TEST_P(HalfReceived, goes_whole_to_the_node_when_the_pool_becomes_strict) {
    policy_.strict_twemproxy = true;
    const std::string get = "*2\r\n$3\r\nGET\r\n$1\r\na\r\n";
    const std::size_t half = get.size() / 2;
    send(get.substr(0, half));
    load();
    bench_.send(client_, get.substr(half), GetParam());

    EXPECT_EQ(received(bench_.link_to(1)), get);
}

INSTANTIATE_TEST_SUITE_P(InPieces, HalfReceived, ::testing::Values(1U, 700U, 1'000'000U));

// --- hash, hash_tag, distribution ---

// A key of the first node, which has another owner by another hash.
class OtherRing : public LiveSettings {
  protected:
    OtherRing() {
        serve(3);
        request_ = "get " + key_of(bench_, 1) + "\r\n";
    }
    // The node that owns it then.
    int load_other() {
        const std::string key = key_of(bench_, 1);
        for (const routing::HashKind hash :
             {routing::HashKind::md5, routing::HashKind::crc32, routing::HashKind::murmur,
              routing::HashKind::jenkins, routing::HashKind::hsieh}) {
            policy_.hash = hash;
            load();
            const routing::Pool& pool = *bench_.snapshot->pools[0];
            const auto owner = static_cast<int>(pool.nodes[*pool.owner_of(key, 0)].node.id);
            if (owner != 1) {
                return owner;
            }
        }
        ADD_FAILURE() << "no hash gives it to another node";
        return 1;
    }

    std::string request_;
};

TEST_F(OtherRing, what_was_sent_stays_where_it_is_and_answers_stay_in_order) {
    send(request_);
    const ConnectionId old_owner = bench_.link_to(1);
    EXPECT_EQ(received(old_owner), request_);

    const int owner = load_other();
    send(request_);
    const ConnectionId new_owner = bench_.link_to(owner);
    EXPECT_EQ(received(new_owner), request_);
    bench_.send(new_owner, "END\r\n");
    EXPECT_EQ(received(), "");
    bench_.send(old_owner, "END\r\n");

    EXPECT_EQ(received(), "END\r\nEND\r\n");
    EXPECT_TRUE(is_open(old_owner));
}

TEST_F(OtherRing, what_is_held_back_goes_to_the_new_owner) {
    constexpr std::size_t kMany = 3000;
    std::string many;
    for (std::size_t i = 0; i < kMany; ++i) {
        many += request_;
    }
    send(many);
    const ConnectionId old_owner = bench_.link_to(1);
    const std::size_t sent = received(old_owner).size() / request_.size();
    ASSERT_LT(sent, kMany);

    const int owner = load_other();
    for (std::size_t i = 0; i < sent; ++i) {
        bench_.send(old_owner, "END\r\n");
    }

    EXPECT_EQ(received(old_owner), "");
    EXPECT_THAT(received(bench_.link_to(owner)), testing::StartsWith(request_));
}

// --- failure_mode, flush_all, scripts_without_keys ---

TEST_F(LiveSettings, another_failure_mode_holds_for_a_get_that_is_under_way) {
    serve(2);
    const std::string first = key_of(bench_, 1);
    send("get " + first + " " + key_of(bench_, 2) + "\r\n");
    const std::string value = "VALUE " + first + " 0 1\r\nA\r\n";
    bench_.send(bench_.link_to(1), value + "END\r\n");

    policy_.failure_mode = routing::FailureMode::miss;
    load();
    bench_.end(bench_.link_to(2), StreamEnd::reset);

    EXPECT_EQ(received(), value + "END\r\n");
}

TEST_F(LiveSettings, flush_all_that_has_begun_ends_and_the_next_is_refused) {
    policy_.flush_all = true;
    serve(2);
    send("flush_all\r\n");
    bench_.send(bench_.link_to(1), "OK\r\n");

    policy_.flush_all = false;
    load();
    send("flush_all\r\n");
    bench_.send(bench_.link_to(2), "OK\r\n");

    EXPECT_THAT(received(), testing::StartsWith("OK\r\nCLIENT_ERROR"));
}

TEST_F(LiveSettings, a_script_without_keys_that_has_begun_is_answered_and_the_next_is_refused) {
    policy_.protocol = ProtocolKind::redis;
    policy_.scripts_without_keys = true;
    serve(2);
    const std::string script = "EVAL s 0\r\n";
    send(script);
    const ConnectionId link = bench_.transport.dialled.back();
    bench_.connected(link);

    policy_.scripts_without_keys = false;
    load();
    send(script);
    bench_.send(link, ":7\r\n");

    EXPECT_THAT(received(), testing::StartsWith(":7\r\n-ERR at least one key is needed"));
}

// --- client_connections, and all others ---

TEST_F(LiveSettings, fewer_client_connections_close_none_of_those_that_are_there) {
    serve(1);
    const ConnectionId second = bench_.connect_client();

    policy_.client_connections_max = 1;
    load();
    bench_.send(second, "get a\r\n");
    bench_.send(bench_.link_to(1), "END\r\n");

    EXPECT_EQ(bench_.received(second), "END\r\n");
    EXPECT_TRUE(is_open(client_));
}

}  // namespace
}  // namespace ringside::proxy
