// The same bytes to a memcached and, through Ringside, to another one: the answers are the same.
#include "integration/support/pool_text.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <string_view>

namespace ringside::testing {
namespace {

// What a number becomes that gets shorter depends on whether memcached is still sending the old one
// (items.c and memcached.c, do_add_delta: in place, padded with blanks, or not). In a pipeline that
// is chance.
enum class Numbers { only_grow, grow_and_shrink };

// Valid requests over few keys, so that they often meet each other's values.
class RandomRequests {
  public:
    RandomRequests(std::uint32_t seed, Numbers numbers) : random_(seed), numbers_(numbers) {}

    std::string next() {
        switch (below(10)) {
            case 0:
            case 1:
                return line(fmt::format("{}{}", pick(kRetrievals), keys()));
            case 2:
            case 3:
            case 4:
            case 5:
                return storage(fmt::format("{} {}", pick(kStorage), key()), "");
            case 6:
                return storage(fmt::format("cas {}", key()), fmt::format(" {}", below(400)));
            case 7:
                return counting();
            case 8:
                return line(fmt::format("touch {} {}{}", key(), exptime(), noreply()));
            default:
                return below(9) == 0
                           ? line("version")
                           : line(fmt::format("delete {}{}{}", key(), pick(kZero), noreply()));
        }
    }

  private:
    template <std::size_t N>
    using Choices = std::array<std::string_view, N>;
    static constexpr Choices<2> kRetrievals{"get", "gets"};
    static constexpr Choices<5> kStorage{"set", "add", "replace", "append", "prepend"};
    static constexpr Choices<2> kCounting{"incr", "decr"};
    static constexpr Choices<4> kZero{"", "", "", " 0"};
    static constexpr Choices<4> kNoReply{"", "", "", " noreply"};
    static constexpr Choices<4> kExptime{"0", "0", "10000", "-1"};
    static constexpr Choices<3> kFlags{"0", "1", "4294967295"};
    static constexpr Choices<3> kGrowth{"0", "7", "1000"};
    static constexpr Choices<4> kDelta{"1", "7", "1000", "18446744073709551615"};
    static constexpr Choices<4> kEnds{"\r\n", "\r\n", "\r\n", "\n"};

    std::uint32_t below(std::uint32_t bound) {
        return static_cast<std::uint32_t>(random_()) % bound;
    }

    template <std::size_t N>
    std::string_view pick(const Choices<N>& choices) {
        return choices[below(N)];
    }

    std::string_view noreply() { return pick(kNoReply); }
    std::string_view exptime() { return pick(kExptime); }

    std::string counting() {
        const bool shrink = numbers_ == Numbers::grow_and_shrink;
        return line(fmt::format("{} {} {}{}", shrink ? pick(kCounting) : "incr", key(),
                                shrink ? pick(kDelta) : pick(kGrowth), noreply()));
    }

    std::string line(const std::string& words) { return fmt::format("{}{}", words, pick(kEnds)); }

    std::string key() {
        constexpr std::uint32_t kKeys = 8;
        const std::uint32_t number = below(kKeys);
        switch (number) {
            case 0:
                return std::string(250, 'k');
            case 1:
                return "schl\xc3\xbcssel\xff";
            default:
                return fmt::format("key{}", number);
        }
    }

    std::string keys() {
        std::string words;
        for (std::uint32_t i = 0; i <= below(6); ++i) {
            words += std::string(1 + below(2), ' ') + key();
        }
        return words;
    }

    std::string storage(const std::string& begin, const std::string& unique) {
        const std::string data = value();
        return line(fmt::format("{} {} {} {}{}{}", begin, pick(kFlags), exptime(), data.size(),
                                unique, noreply())) +
               data + "\r\n";
    }

    std::string value() {
        switch (below(4)) {
            case 0:
                return std::to_string(below(2000));
            case 1:
                return "END\r\nVALUE x 0 1\r\n";
            case 2:
                return "";
            default:
                return std::string(below(40'000), static_cast<char>('a' + below(26)));
        }
    }

    std::mt19937 random_;
    const Numbers numbers_;
};

std::string answers_to(std::uint16_t port, std::string_view requests) {
    Client client(port);
    client.send(requests);
    return client.read_to_end();
}

// Where they differ, with a little of what surrounds it.
std::string first_difference(const std::string& one, const std::string& other) {
    constexpr std::size_t kBefore = 60;
    constexpr std::size_t kShown = 160;
    std::size_t at = 0;
    while (at < one.size() && at < other.size() && one[at] == other[at]) {
        ++at;
    }
    const std::size_t from = at < kBefore ? 0 : at - kBefore;
    return fmt::format("at byte {}:\n'{}'\nand\n'{}'", at,
                       one.size() < from ? "" : one.substr(from, kShown),
                       other.size() < from ? "" : other.substr(from, kShown));
}

class DataPlaneDifferential : public ::testing::Test {
  protected:
    // On a connection of their own each.
    void expect_same_answers(const std::string& requests) {
        const std::string expected = answers_to(direct_.port(), requests + "quit\r\n");
        const std::string answers = answers_to(port_, requests + "quit\r\n");
        ASSERT_TRUE(answers == expected) << first_difference(expected, answers);
    }

    MemcachedNode direct_;
    std::array<MemcachedNode, 1> proxied_;
    std::uint16_t port_ = free_port();
    Proxy proxy_{{.pools = pool_before(proxied_, port_)}};
};

TEST_F(DataPlaneDifferential, a_pool_of_one_node_answers_pipelines_as_the_node_itself) {
    constexpr std::uint32_t kSequences = 300;
    constexpr int kRequestsEach = 40;
    for (std::uint32_t seed = 1; seed <= kSequences; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        RandomRequests random(seed, Numbers::only_grow);
        std::string requests;
        for (int i = 0; i < kRequestsEach; ++i) {
            requests += random.next();
        }
        expect_same_answers(requests);
    }
}

TEST_F(DataPlaneDifferential, a_pool_of_one_node_answers_single_requests_as_the_node_itself) {
    constexpr std::uint32_t kSeed = 1;
    constexpr int kRequests = 1500;
    RandomRequests random(kSeed, Numbers::grow_and_shrink);
    for (int i = 0; i < kRequests; ++i) {
        const std::string request = random.next();
        SCOPED_TRACE(fmt::format("request {}: {}", i, request.substr(0, request.find('\n'))));
        expect_same_answers(request);
    }
}

}  // namespace
}  // namespace ringside::testing
