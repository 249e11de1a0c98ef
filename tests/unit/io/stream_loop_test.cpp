#include "io/stream_loop.h"

#include "unit/io/stream_harness.h"

#include <sys/un.h>

#include <string>
#include <thread>

namespace ringside::io::test {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

using StreamLoopTest = StreamTest;

std::string read_exactly(const FileDescriptor& fd, std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t filled = 0;
    while (filled < size) {
        const ssize_t got = ::recv(fd.get(), bytes.data() + filled, size - filled, 0);
        if (got <= 0) {
            break;
        }
        filled += static_cast<std::size_t>(got);
    }
    bytes.resize(filled);
    return bytes;
}

TEST_F(StreamLoopTest, echoes_what_a_client_sends) {
    SocketPair pair = tcp_pair();
    const StreamId stream = streams.add(pair.ours.release(), cookie(1));
    events.when_bytes = [&](Cookie, std::string_view bytes) {
        EXPECT_EQ(streams.write(stream, bytes), bytes.size());
    };

    send_all(pair.theirs, "get a\r\n");
    ASSERT_TRUE(run_until_logged(1));

    EXPECT_THAT(events.log, ElementsAre("bytes 1: get a\r\n"));
    EXPECT_EQ(read_exactly(pair.theirs, 7), "get a\r\n");
}

TEST_F(StreamLoopTest, an_end_that_is_said_stands_behind_what_was_written_and_reading_goes_on) {
    for (const bool over_tcp : {true, false}) {
        SocketPair pair = over_tcp ? tcp_pair() : unix_pair();
        events.log.clear();
        const StreamId stream = streams.add(pair.ours.release(), cookie(1));

        EXPECT_EQ(streams.write(stream, "END\r\n"), 5U);
        streams.finish_writing(stream);

        EXPECT_EQ(read_exactly(pair.theirs, 100), "END\r\n");
        send_all(pair.theirs, "late");
        ASSERT_TRUE(run_until_logged(1));
        pair.theirs.reset();
        ASSERT_TRUE(run_until_logged(2));
        EXPECT_THAT(events.log, ElementsAre("bytes 1: late", "eof 1"));
        streams.close(stream);
    }
}

TEST_F(StreamLoopTest, tells_whether_something_waits_to_be_read) {
    SocketPair pair = unix_pair();
    const StreamId stream = streams.add(pair.ours.release(), cookie(1));
    EXPECT_FALSE(streams.has_unread(stream));

    send_all(pair.theirs, "x");
    EXPECT_TRUE(streams.has_unread(stream));
    ASSERT_TRUE(run_until_logged(1));
    EXPECT_FALSE(streams.has_unread(stream));

    pair.theirs.reset();
    EXPECT_TRUE(streams.has_unread(stream));  // an end
    ASSERT_TRUE(run_until_logged(2));
    EXPECT_FALSE(streams.has_unread(stream));
}

TEST_F(StreamLoopTest, hands_events_back_under_the_newest_cookie) {
    SocketPair pair = unix_pair();
    const StreamId stream = streams.add(pair.ours.release(), cookie(1));

    streams.set_cookie(stream, cookie(2));
    send_all(pair.theirs, "x");
    ASSERT_TRUE(run_until_logged(1));

    EXPECT_THAT(events.log, ElementsAre("bytes 2: x"));
}

TEST_F(StreamLoopTest, a_long_message_comes_in_pieces_of_the_target) {
    SocketPair pair = unix_pair();
    streams.add(pair.ours.release(), cookie(1));

    send_all(pair.theirs, std::string(100, 'a'));
    ASSERT_TRUE(run_until_logged(2));

    EXPECT_THAT(events.log, ElementsAre("bytes 1: " + std::string(64, 'a'),
                                        "bytes 1: " + std::string(36, 'a')));
}

TEST_F(StreamLoopTest, tells_when_a_full_socket_has_room_again_and_only_then) {
    SocketPair pair = tcp_pair();
    const StreamId stream = streams.add(pair.ours.release(), cookie(1));
    const std::string bytes(std::size_t{64} << 20, 'a');
    const std::size_t taken = streams.write(stream, bytes);
    ASSERT_LT(taken, bytes.size());
    run_for(base::milliseconds{20});
    EXPECT_THAT(events.log, ElementsAre());

    EXPECT_EQ(read_exactly(pair.theirs, taken).size(), taken);
    ASSERT_TRUE(run_until_logged(1));

    EXPECT_THAT(events.log, ElementsAre("writable 1"));
}

TEST_F(StreamLoopTest, writes_everything_across_many_short_writes) {
    SocketPair pair = tcp_pair();
    const StreamId stream = streams.add(pair.ours.release(), cookie(1));
    const std::string bytes(std::size_t{16} << 20, 'b');
    std::string_view left = bytes;
    left.remove_prefix(streams.write(stream, left));
    events.when_writable = [&](Cookie) { left.remove_prefix(streams.write(stream, left)); };

    std::size_t received = 0;
    std::thread reader([&] { received = read_exactly(pair.theirs, bytes.size()).size(); });
    const bool all_written = run_until([&] { return left.empty(); });
    reader.join();

    EXPECT_TRUE(all_written);
    EXPECT_EQ(received, bytes.size());
}

TEST_F(StreamLoopTest, does_not_spin_when_nobody_writes_after_on_writable) {
    SocketPair pair = tcp_pair();
    const StreamId stream = streams.add(pair.ours.release(), cookie(1));
    const std::size_t taken = streams.write(stream, std::string(std::size_t{64} << 20, 'a'));
    EXPECT_EQ(read_exactly(pair.theirs, taken).size(), taken);
    ASSERT_TRUE(run_until_logged(1));

    events.turns = 0;
    run_for(base::milliseconds{50});

    EXPECT_LE(events.turns, 5U);
    EXPECT_THAT(events.log, ElementsAre("writable 1"));
}

TEST_F(StreamLoopTest, a_paused_stream_is_not_read_and_does_not_spin) {
    SocketPair pair = tcp_pair();
    const StreamId stream = streams.add(pair.ours.release(), cookie(1));
    streams.pause_reading(stream);
    send_all(pair.theirs, "late");
    ::shutdown(pair.theirs.get(), SHUT_WR);

    run_for(base::milliseconds{50});
    EXPECT_THAT(events.log, ElementsAre());
    EXPECT_LE(events.turns, 5U);
    streams.resume_reading(stream);
    ASSERT_TRUE(run_until_logged(2));

    EXPECT_THAT(events.log, ElementsAre("bytes 1: late", "eof 1"));
}

TEST_F(StreamLoopTest, a_paused_stream_keeps_the_bytes_of_a_unix_peer_that_is_gone) {
    SocketPair pair = unix_pair();
    const StreamId stream = streams.add(pair.ours.release(), cookie(1));
    streams.pause_reading(stream);
    send_all(pair.theirs, "last words");
    pair.theirs.reset();

    run_for(base::milliseconds{50});
    EXPECT_THAT(events.log, ElementsAre());
    EXPECT_LE(events.turns, 5U);
    streams.resume_reading(stream);
    ASSERT_TRUE(run_until_logged(2));

    EXPECT_EQ(events.log[0], "bytes 1: last words");
    EXPECT_EQ(events.log[1], "eof 1");
}

TEST_F(StreamLoopTest, a_paused_stream_of_a_unix_peer_that_is_gone_ends_in_good_order) {
    // Nothing is left to read, but what was read may not have been served yet.
    SocketPair pair = unix_pair();
    const StreamId stream = streams.add(pair.ours.release(), cookie(1));
    streams.pause_reading(stream);
    pair.theirs.reset();

    run_for(base::milliseconds{50});
    EXPECT_THAT(events.log, ElementsAre());
    EXPECT_LE(events.turns, 5U);
    streams.resume_reading(stream);
    ASSERT_TRUE(run_until_logged(1));

    EXPECT_THAT(events.log, ElementsAre("eof 1"));
}

TEST_F(StreamLoopTest, a_reset_of_a_paused_stream_is_told_behind_what_came_before_it) {
    SocketPair pair = tcp_pair();
    const StreamId stream = streams.add(pair.ours.release(), cookie(1));
    streams.pause_reading(stream);
    send_all(pair.theirs, "last words");
    reset_connection(pair.theirs);

    run_for(base::milliseconds{50});
    EXPECT_THAT(events.log, ElementsAre());
    EXPECT_LE(events.turns, 5U);
    EXPECT_EQ(streams.write(stream, "nobody reads this"), 17U);
    streams.resume_reading(stream);
    streams.pause_reading(stream);
    streams.resume_reading(stream);
    ASSERT_TRUE(run_until_logged(2));
    run_for(base::milliseconds{20});

    EXPECT_THAT(events.log, ElementsAre("bytes 1: last words", "reset 1"));
}

TEST_F(StreamLoopTest, a_stream_that_waits_for_room_has_it_when_the_peer_is_gone) {
    SocketPair pair = tcp_pair();
    const StreamId stream = streams.add(pair.ours.release(), cookie(1));
    streams.pause_reading(stream);
    streams.write(stream, std::string(std::size_t{64} << 20, 'a'));

    reset_connection(pair.theirs);
    ASSERT_TRUE(run_until_logged(1));

    EXPECT_EQ(events.log[0], "writable 1");
    EXPECT_EQ(streams.write(stream, "more"), 4U);
}

TEST_F(StreamLoopTest, a_half_closed_stream_can_still_be_written_to) {
    SocketPair pair = tcp_pair();
    const StreamId stream = streams.add(pair.ours.release(), cookie(1));
    send_all(pair.theirs, "get a\r\n");
    ::shutdown(pair.theirs.get(), SHUT_WR);
    ASSERT_TRUE(run_until_logged(2));
    EXPECT_THAT(events.log, ElementsAre("bytes 1: get a\r\n", "eof 1"));

    events.turns = 0;
    EXPECT_EQ(streams.write(stream, "END\r\n"), 5U);
    run_for(base::milliseconds{50});

    EXPECT_EQ(read_exactly(pair.theirs, 5), "END\r\n");
    EXPECT_LE(events.turns, 5U);
    EXPECT_EQ(events.log.size(), 2U);
}

TEST_F(StreamLoopTest, a_reset_behind_the_end_of_input_is_not_told) {
    SocketPair pair = tcp_pair();
    streams.add(pair.ours.release(), cookie(1));
    ::shutdown(pair.theirs.get(), SHUT_WR);
    ASSERT_TRUE(run_until_logged(1));

    reset_connection(pair.theirs);
    events.turns = 0;
    run_for(base::milliseconds{50});

    EXPECT_THAT(events.log, ElementsAre("eof 1"));
    EXPECT_LE(events.turns, 5U);
}

TEST_F(StreamLoopTest, a_reset_is_told_once) {
    SocketPair pair = tcp_pair();
    streams.add(pair.ours.release(), cookie(1));

    reset_connection(pair.theirs);
    ASSERT_TRUE(run_until_logged(1));
    run_for(base::milliseconds{20});

    EXPECT_THAT(events.log, ElementsAre("reset 1"));
}

TEST_F(StreamLoopTest, a_broken_stream_takes_everything_and_is_read_to_its_end) {
    SocketPair pair = unix_pair();
    const StreamId stream = streams.add(pair.ours.release(), cookie(1));
    send_all(pair.theirs, "last words");
    pair.theirs.reset();

    EXPECT_EQ(streams.write(stream, "one"), 3U);
    EXPECT_EQ(streams.write(stream, "two"), 3U);
    EXPECT_THAT(events.log, ElementsAre());
    ASSERT_TRUE(run_until_logged(2));
    run_for(base::milliseconds{20});

    EXPECT_THAT(events.log, ElementsAre("bytes 1: last words", "eof 1"));
}

TEST_F(StreamLoopTest, a_failure_of_a_stream_that_was_closed_is_not_told) {
    SocketPair pair = unix_pair();
    const StreamId stream = streams.add(pair.ours.release(), cookie(1));
    pair.theirs.reset();
    EXPECT_EQ(streams.write(stream, "one"), 3U);

    streams.close(stream);
    SocketPair next = unix_pair();
    EXPECT_EQ(streams.add(next.ours.release(), cookie(2)), stream);
    run_for(base::milliseconds{20});

    EXPECT_THAT(events.log, ElementsAre());
}

TEST_F(StreamLoopTest, an_event_of_the_same_batch_does_not_reach_the_next_user_of_a_slot) {
    SocketPair first = unix_pair();
    SocketPair second = unix_pair();
    SocketPair third = unix_pair();
    const std::array<StreamId, 2> ids{streams.add(first.ours.release(), cookie(0)),
                                      streams.add(second.ours.release(), cookie(1))};
    events.when_bytes = [&](Cookie told, std::string_view) {
        if (told.index < 2 && third.ours) {  // closes the other one, and reuses its slot
            streams.close(ids[1 - told.index]);
            streams.add(third.ours.release(), cookie(2));
        }
    };

    send_all(first.theirs, "x");
    send_all(second.theirs, "x");
    send_all(third.theirs, "y");
    ASSERT_TRUE(run_until_logged(2));
    run_for(base::milliseconds{20});

    ASSERT_EQ(events.log.size(), 2U);
    EXPECT_THAT(events.log[0], testing::AnyOf("bytes 0: x", "bytes 1: x"));
    EXPECT_EQ(events.log[1], "bytes 2: y");
}

TEST_F(StreamLoopTest, a_stream_may_close_itself_in_every_event) {
    SocketPair pair = unix_pair();
    const StreamId stream = streams.add(pair.ours.release(), cookie(1));
    events.when_bytes = [&](Cookie, std::string_view) { streams.close(stream); };

    send_all(pair.theirs, "bye");
    pair.theirs.reset();
    ASSERT_TRUE(run_until_logged(1));
    run_for(base::milliseconds{20});

    EXPECT_THAT(events.log, ElementsAre("bytes 1: bye"));
}

TEST_F(StreamLoopTest,
       bytes_that_were_taken_arrive_although_the_stream_is_closed_with_unread_input) {
    SocketPair pair = tcp_pair();
    const StreamId stream = streams.add(pair.ours.release(), cookie(1));
    send_all(pair.theirs, std::string(5000, 'x'));
    const std::size_t taken = streams.write(stream, std::string(std::size_t{64} << 20, 'a'));

    streams.close(stream);

    EXPECT_EQ(read_exactly(pair.theirs, taken + 1).size(), taken);
}

TEST_F(StreamLoopTest, a_post_from_another_thread_wakes_the_loop_and_runs_inside_a_turn) {
    const std::thread::id own_thread = std::this_thread::get_id();
    std::thread::id task_thread;
    bool ran_in_turn = false;

    std::thread other([&] {
        loop.post([&] {
            task_thread = std::this_thread::get_id();
            ran_in_turn = events.in_turn;
        });
    });
    const bool ran = run_until([&] { return task_thread != std::thread::id(); });
    other.join();

    EXPECT_TRUE(ran);
    EXPECT_EQ(task_thread, own_thread);
    EXPECT_TRUE(ran_in_turn);
}

TEST_F(StreamLoopTest, posts_run_in_their_order) {
    std::string order;
    for (const char c : std::string("abc")) {
        loop.post([&order, c] { order += c; });
    }

    ASSERT_TRUE(run_until([&] { return order.size() == 3; }));

    EXPECT_EQ(order, "abc");
}

TEST_F(StreamLoopTest, stop_from_another_thread_ends_the_run) {
    std::thread other([&] { loop.stop(); });

    streams.run();
    other.join();

    EXPECT_GE(events.turns, 1U);
}

TEST_F(StreamLoopTest, the_next_turn_comes_when_the_last_one_said_so) {
    const base::TimePoint due = base::Clock::now() + base::milliseconds{30};
    events.deadline = due;

    ASSERT_TRUE(run_until([&] { return events.now >= due; }));

    EXPECT_LE(events.turns, 4U);
    EXPECT_LT(events.now, due + base::seconds{5});
}

}  // namespace
}  // namespace ringside::io::test
