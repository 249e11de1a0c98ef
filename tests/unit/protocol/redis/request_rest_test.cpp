// Requests of Redis that are too large, and what follows them on the connection: the client is told
// once, and the next request is understood.
#include "base/limits.h"
#include "protocol/redis/codec.h"
#include "unit/protocol/chunked.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::protocol {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

constexpr RequestLimits kSmall{.value_bytes_max = 8};
constexpr std::string_view kPing = "*1\r\n$4\r\nPING\r\n";
constexpr std::string_view kTooLarge =
    "-ERR an argument of 9 bytes is above the value_bytes_max of this pool, 8\r\n";

// A connection: what has come of it, and what was made of that.
class Stream {
  public:
    explicit Stream(RequestLimits limits) : limits_(limits) {}

    void receive(std::string_view bytes) {
        input_ += bytes;
        while (!closed_ && step()) {
        }
    }

    // A command for each request that was understood, the error for each that was not, and "close".
    const std::vector<std::string>& log() const noexcept { return log_; }

  private:
    // False if it takes more bytes to get on.
    bool step() {
        const std::size_t dropped = std::min(swallow_, input_.size());
        swallow_ -= dropped;
        input_.erase(0, dropped);
        if (input_.empty()) {
            return false;
        }
        redis().client.frame_request(input_, limits_, resume_, frame_);
        if (frame_.status == RequestStatus::need_more) {
            return false;
        }
        note();
        resume_ = {};
        resume_.rest = frame_.rest;
        swallow_ = frame_.size;
        return true;
    }

    void note() {
        if (frame_.status == RequestStatus::complete) {
            log_.emplace_back(frame_.command->name);
        } else if (frame_.status == RequestStatus::rejected) {
            log_.push_back(frame_.answer);
            closed_ = frame_.close;
        }
        if (closed_) {
            log_.emplace_back("close");
        }
    }

    const RequestLimits limits_;
    std::string input_;
    std::size_t swallow_ = 0;
    Resume resume_;
    RequestFrame frame_;
    std::vector<std::string> log_;
    bool closed_ = false;
};

// The same however it is cut.
std::vector<std::string> log_of(std::string_view bytes, RequestLimits limits = kSmall) {
    std::vector<std::string> first;
    for (const testing::Arrivals& arrivals : testing::all_arrivals()) {
        Stream stream(limits);
        std::size_t arrived = 0;
        while (arrived < bytes.size()) {
            const std::size_t next = std::min(arrivals(arrived, bytes.size()), bytes.size());
            stream.receive(bytes.substr(arrived, next - arrived));
            arrived = next;
        }
        first = first.empty() ? stream.log() : first;
        EXPECT_EQ(stream.log(), first) << bytes;
    }
    return first;
}

std::string resp(std::initializer_list<std::string_view> words) {
    std::string bytes = fmt::format("*{}\r\n", words.size());
    for (const std::string_view word : words) {
        bytes += fmt::format("${}\r\n{}\r\n", word.size(), word);
    }
    return bytes;
}

TEST(RespRequestRest, a_large_argument_is_told_once_wherever_it_stands) {
    constexpr std::string_view kLarge = "123456789";
    for (const std::string& request :
         {resp({kLarge, "a", "b"}), resp({"SET", kLarge, "b"}), resp({"SET", "a", kLarge}),
          resp({"SET", kLarge, kLarge}), resp({kLarge}), resp({"MSET", "a", kLarge, "b", "c"}),
          resp({"SET", kLarge, "*1\r\n$4\r\n"}), resp({"SET", kLarge, "", ""})}) {
        EXPECT_THAT(log_of(request + std::string(kPing)), ElementsAre(kTooLarge, "PING"))
            << request;
    }
    EXPECT_THAT(log_of(fmt::format("SET {} b\r\n{}", kLarge, kPing)),
                ElementsAre(kTooLarge, "PING"));
    EXPECT_THAT(log_of(fmt::format("SET '{}' b\r\n{}", kLarge, kPing)),
                ElementsAre(kTooLarge, "PING"));
}

TEST(RespRequestRest, a_large_argument_is_refused_before_it_has_come) {
    Stream stream(kSmall);

    stream.receive("*3\r\n$3\r\nSET\r\n$9\r\n");

    EXPECT_THAT(stream.log(), ElementsAre(kTooLarge));
    stream.receive("123456789\r\n$1\r\na\r\n" + std::string(kPing));
    EXPECT_THAT(stream.log(), ElementsAre(kTooLarge, "PING"));
}

TEST(RespRequestRest, an_argument_of_the_allowed_size_passes) {
    EXPECT_THAT(log_of(resp({"SET", "12345678", "12345678"})), ElementsAre("SET"));
}

TEST(RespRequestRest, what_is_out_of_step_behind_a_large_argument_closes) {
    const std::string begin = "*4\r\n$3\r\nSET\r\n$9\r\n123456789\r\n";

    EXPECT_THAT(log_of(begin + "*1\r\n"),
                ElementsAre(kTooLarge, "-ERR Protocol error: expected '$', got '*'\r\n", "close"));
    EXPECT_THAT(log_of(begin + "$1\r\na\r\n$-1\r\n"),
                ElementsAre(kTooLarge, "-ERR Protocol error: invalid bulk length\r\n", "close"));
    EXPECT_THAT(log_of(begin + "$1\r\nab\r\n"),
                ElementsAre(kTooLarge, StartsWith("-ERR Protocol error: expected '$'"), "close"));
}

TEST(RespRequestRest, an_endless_rest_closes) {
    Stream stream(kSmall);
    stream.receive("*1000\r\n$9\r\n123456789\r\n");
    // Four arguments of 400 MiB, as far as they need to be written: more than is passed over.
    const std::string piece(std::size_t{1} << 20, 'x');
    for (int argument = 0; argument < 2; ++argument) {
        stream.receive("$419430400\r\n");
        for (int mib = 0; mib < 400; ++mib) {
            stream.receive(piece);
        }
        stream.receive("\r\n");
    }
    EXPECT_THAT(stream.log(), ElementsAre(kTooLarge));

    stream.receive("$419430400\r\n");

    EXPECT_THAT(stream.log(), ElementsAre(kTooLarge, "", "close"));
}

TEST(RespRequestRest, too_many_arguments_are_told_once) {
    std::string del = "*100001\r\n$3\r\nDEL\r\n";
    std::string too_many = "*100002\r\n$3\r\nDEL\r\n";
    for (int i = 0; i < 100'000; ++i) {
        del += "$1\r\nk\r\n";
        too_many += "$1\r\nk\r\n";
    }
    Stream stream(kSmall);

    stream.receive(del + too_many + "$1\r\nk\r\n" + std::string(kPing));

    EXPECT_THAT(stream.log(),
                ElementsAre("DEL", "-ERR a request may have at most 100000 arguments\r\n", "PING"));
}

// A request may also have as much beside its largest value as a line of memcached.
constexpr RequestLimits kSmallRequests{.value_bytes_max = std::size_t{1} << 20,
                                       .request_bytes_max = std::size_t{4} << 20};
constexpr std::string_view kRequestTooLarge =
    "-ERR the request is above the request_bytes_max of this pool, 4194304 bytes\r\n";

std::string mset_of(int mib) {
    std::string request = fmt::format("*{}\r\n$4\r\nMSET\r\n", 2 * mib + 1);
    for (int i = 0; i < mib; ++i) {
        request += fmt::format("$1\r\nk\r\n$1048576\r\n{}\r\n", std::string(1 << 20, 'x'));
    }
    return request;
}

TEST(RespRequestRest, many_values_have_a_limit_together) {
    Stream stream(kSmallRequests);

    stream.receive(mset_of(3) + mset_of(4));
    stream.receive(kPing);

    EXPECT_THAT(stream.log(), ElementsAre("MSET", kRequestTooLarge, "PING"));
}

TEST(RespRequestRest, a_large_request_is_refused_before_all_of_it_has_come) {
    Stream stream(kSmallRequests);
    const std::string request = mset_of(10);
    const std::size_t behind_header = request.find("$1048576", 4 << 20) + 10;

    stream.receive(std::string_view(request).substr(0, behind_header));

    EXPECT_THAT(stream.log(), ElementsAre(kRequestTooLarge));
    stream.receive(request.substr(behind_header) + std::string(kPing));
    EXPECT_THAT(stream.log(), ElementsAre(kRequestTooLarge, "PING"));
}

TEST(RespRequestRest, the_limit_of_a_request_leaves_room_for_the_largest_value) {
    const RequestLimits limits{.value_bytes_max = std::size_t{1} << 20, .request_bytes_max = 1};
    Stream stream(limits);

    stream.receive(mset_of(1) + mset_of(3));
    stream.receive(kPing);

    EXPECT_THAT(stream.log(), ElementsAre("MSET", StartsWith("-ERR the request is above"), "PING"));
}

}  // namespace
}  // namespace ringside::protocol
