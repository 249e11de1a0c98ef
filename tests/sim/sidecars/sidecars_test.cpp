// Ten thousand sidecars that start within one second, with the real machines in virtual time: they
// must not ask together for long, neither in quiet times nor when their source is back. The numbers
// that it prints are those of docs/DISCOVERY.md.
#include "sim/sidecars/crowd.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string>
#include <variant>

namespace ringside::discovery {
namespace {

using base::milliseconds;
using base::seconds;
using std::chrono::minutes;

#ifdef RINGSIDE_SANITIZED
constexpr std::size_t kSidecars = 1'000;
#else
constexpr std::size_t kSidecars = 10'000;
#endif

// The most in any of hundreds of buckets that hold `mean` each by chance.
double most_by_chance(double mean) {
    return mean + 5 * std::sqrt(mean) + 5;
}

void print(const char* what, const Asked& asked) {
    fmt::print("{}: {:.0f} a second on average, {} in the worst 100 ms\n", what, asked.mean * 10,
               asked.most);
}

class Endpoint : public Origin {
  public:
    Reply answer(const Question&, base::TimePoint) override {
        const std::string list = "1\na||11211\n";
        return {Answered{
            is_down ? base::Expected<std::string>(base::Error{base::Errc::io, "gone"})
                    : fmt::format("CONFIG cluster 0 {}\r\n{}\r\nEND\r\n", list.size(), list)}};
    }
};

TEST(Sidecars, of_an_elasticache_endpoint_poll_each_at_a_time_of_its_own) {
    Endpoint endpoint;
    Crowd crowd(config::ElastiCacheSource{.endpoint = {"10.0.0.1", 11211}}, kSidecars, endpoint);

    crowd.run_until(minutes(10));
    endpoint.is_down = true;
    crowd.run_until(minutes(12));
    endpoint.is_down = false;
    crowd.run_until(minutes(14));

    const Asked quiet = crowd.asked(minutes(1), minutes(10));
    const Asked after = crowd.asked(minutes(12), minutes(14));
    print("elasticache, in quiet times", quiet);
    print("elasticache, after an outage", after);
    EXPECT_NEAR(quiet.mean, kSidecars / 600.0, kSidecars / 6000.0);
    EXPECT_LE(static_cast<double>(quiet.most), most_by_chance(1.25 * quiet.mean));
    EXPECT_LE(static_cast<double>(after.most), most_by_chance(1.25 * quiet.mean));
}

TEST(Sidecars, that_wait_for_the_first_list_together_do_not_come_together) {
    Endpoint endpoint;
    endpoint.is_down = true;
    Crowd crowd(config::ElastiCacheSource{.endpoint = {"10.0.0.1", 11211}}, kSidecars, endpoint);

    crowd.run_until(minutes(1));
    endpoint.is_down = false;
    crowd.run_until(minutes(5));

    const Asked waiting = crowd.asked(seconds(30), minutes(1));
    const Asked quiet = crowd.asked(minutes(2), minutes(5));
    print("elasticache, before the first list", waiting);
    // 5 s at most, half of it on average.
    EXPECT_LE(static_cast<double>(waiting.most), most_by_chance(kSidecars / 25.0));
    EXPECT_LE(static_cast<double>(quiet.most), most_by_chance(1.25 * kSidecars / 600.0));
}

// One that all sidecars share: what it has kept ends for all of them at the same moment, and it
// tells the rest in whole seconds.
class CachingNameserver : public Origin {
  public:
    explicit CachingNameserver(seconds ttl) : ttl_(ttl) {}

    Reply answer(const Question& question, base::TimePoint now) override {
        RecordsAnswered answer;
        if (std::get<RecordQuestion>(question).wishes.empty()) {
            return {std::move(answer)};
        }
        if (now >= ends_at_ && !is_down) {
            ends_at_ = now + ttl_;
        }
        if (now >= ends_at_) {
            answer.results.emplace_back(io::LookupProblem::server_failure);
        } else {
            const auto left = std::chrono::floor<seconds>(ends_at_ - now);
            answer.results.emplace_back(
                io::DnsRecords{.records = {{.host = "10.0.0.1"}}, .ttl = left});
        }
        return {std::move(answer)};
    }

  private:
    const seconds ttl_;
    base::TimePoint ends_at_{};
};

config::DnsSource dns() {
    config::DnsSource source;
    source.names = {{"cache.test.", 11211}};
    source.family = config::DnsFamily::ipv4;
    return source;
}

// All of them ask in the quarter of the TTL behind its end: no rule that is as fresh can be better
// than four times the mean.
TEST(Sidecars, of_one_caching_nameserver_use_all_of_the_quarter_that_they_have) {
    for (const seconds ttl : {seconds(30), seconds(60)}) {
        CachingNameserver nameserver(ttl);
        Crowd crowd(dns(), kSidecars, nameserver);

        crowd.run_until(minutes(5));
        nameserver.is_down = true;
        crowd.run_until(minutes(8));
        nameserver.is_down = false;
        crowd.run_until(minutes(10));

        const Asked quiet = crowd.asked(minutes(1), minutes(5));
        const Asked down = crowd.asked(minutes(7), minutes(8));
        const Asked after = crowd.asked(minutes(8), minutes(10));
        const std::string name = fmt::format("dns, TTL {} s, ", ttl.count());
        print((name + "in quiet times").c_str(), quiet);
        print((name + "while it is down").c_str(), down);
        print((name + "after an outage").c_str(), after);
        const double mean = static_cast<double>(kSidecars) / static_cast<double>(ttl.count() * 10);
        EXPECT_LE(quiet.mean, 1.1 * mean);
        EXPECT_LE(static_cast<double>(quiet.most), most_by_chance(5 * mean));
        EXPECT_LE(static_cast<double>(down.most), most_by_chance(kSidecars / 150.0));
        EXPECT_LE(static_cast<double>(after.most), most_by_chance(5 * mean));
    }
}

class ApiServer : public Origin {
  public:
    Reply answer(const Question& question, base::TimePoint) override {
        const auto& asked = std::get<HttpsQuestion>(question);
        if (is_down) {
            return {Answered{base::Error{base::Errc::io, "Connection refused"}}};
        }
        if (!asked.stays) {
            return {Answered{
                std::string(
                    R"({"kind":"EndpointSliceList","metadata":{"resourceVersion":"7"},"items":[)"
                    R"({"metadata":{"name":"a","resourceVersion":"7"},"addressType":"IPv4",)"
                    R"("endpoints":[{"addresses":["10.0.0.1"]}],"ports":[{"port":11211}]}]})"),
                200}};
        }
        constexpr std::string_view kTime = "timeoutSeconds=";
        const std::size_t at = asked.target.find(kTime) + kTime.size();
        return {PartCame{}, seconds(std::atoi(asked.target.c_str() + at))};
    }
};

config::KubernetesSource kubernetes() {
    config::KubernetesSource source;
    source.service = "cache";
    source.name_space = "app";
    source.api_server = {"10.0.0.200", 6443};
    return source;
}

TEST(Sidecars, of_an_api_server_that_restarts_come_back_one_by_one) {
    ApiServer server;
    Crowd crowd(kubernetes(), kSidecars, server);

    crowd.run_until(minutes(30));
    crowd.cut();  // and is there again at once: another one takes over
    crowd.run_until(minutes(60));
    crowd.cut();
    server.is_down = true;
    crowd.run_until(minutes(61));
    server.is_down = false;
    crowd.run_until(minutes(90));

    const Asked quiet = crowd.asked(minutes(1), minutes(30));
    const Asked cut = crowd.asked(minutes(30), minutes(30) + seconds(1));
    const Asked back = crowd.asked(minutes(61), minutes(61) + seconds(30));
    print("kubernetes, in quiet times", quiet);
    print("kubernetes, when all watches are cut", cut);
    print("kubernetes, after a minute without the server", back);
    EXPECT_NEAR(quiet.mean, kSidecars / 4500.0, kSidecars / 20'000.0);
    EXPECT_LE(static_cast<double>(quiet.most), most_by_chance(2 * quiet.mean));
    EXPECT_LE(static_cast<double>(cut.most), most_by_chance(kSidecars / 9.5));  // within a second
    EXPECT_LE(static_cast<double>(back.most), most_by_chance(kSidecars / 150.0));
}

}  // namespace
}  // namespace ringside::discovery
