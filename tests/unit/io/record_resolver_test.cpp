#include "io/record_resolver.h"

#include "unit/io/name_resolver_harness.h"

#include <gmock/gmock.h>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ringside::io::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// "fe80::1%eth0", of this host; empty: there is none.
std::string link_local_ip() {
    ifaddrs* all = nullptr;
    if (::getifaddrs(&all) != 0) {
        return {};
    }
    std::string found;
    for (const ifaddrs* each = all; each != nullptr && found.empty(); each = each->ifa_next) {
        if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET6) {
            continue;
        }
        const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(*each->ifa_addr);
        std::array<char, INET6_ADDRSTRLEN> text{};
        if (IN6_IS_ADDR_LINKLOCAL(&ipv6.sin6_addr) &&
            ::inet_ntop(AF_INET6, &ipv6.sin6_addr, text.data(), text.size()) != nullptr) {
            found = std::string(text.data()) + '%' + each->ifa_name;
        }
    }
    ::freeifaddrs(all);
    return found;
}

class RecordResolverTest : public NameResolverTest {
  protected:
    using Answer = RecordResolver::Answer;

    RecordResolver& records() {
        if (!records_) {
            records_ = std::make_unique<RecordResolver>(loop_, options_);
        }
        return *records_;
    }
    // Asks, and runs the loop until the answer is there.
    RecordResolver::Answer ask(RecordResolver::Request request) {
        std::optional<RecordResolver::Answer> answer;
        const auto question = records().ask(std::move(request), [&](RecordResolver::Answer told) {
            answer = std::move(told);
            loop_.stop();
        });
        EXPECT_FALSE(answer) << "inside ask()";
        run_at_most(base::seconds(20));
        EXPECT_TRUE(answer);
        return answer.value_or(RecordResolver::Answer{});
    }
    RecordResult ask_a(const std::string& name, std::string not_of = {}) {
        const Answer answer = ask(
            {.wishes = {{name, RecordType::a, std::move(not_of)}}, .timeout = base::seconds(10)});
        said_by_ = answer.servers.at(0);
        return answer.results.at(0);
    }
    static RecordResult one(const std::string& ip) {
        return DnsRecords{.records = {{.host = ip}}, .ttl = base::seconds(60)};
    }

    std::unique_ptr<RecordResolver> records_;
    std::string said_by_;  // the last result of ask_a()
};

TEST_F(RecordResolverTest, finds_the_records_of_a_name_with_their_time_to_live) {
    serve(answers_a({0x0a000001}));

    EXPECT_EQ(ask_a("a.test"), one("10.0.0.1"));
}

TEST_F(RecordResolverTest, tells_what_has_come_of_each_wish_in_their_order) {
    serve([](const NameQuestion& question) {
        return question.name == "b.test" ? answers_code(kNxDomain)(question)
                                         : answers_a({0x0a000001})(question);
    });

    const auto answer = ask({.wishes = {{"b.test", RecordType::a},
                                        {"a.test", RecordType::a},
                                        {"a.test", RecordType::srv},
                                        {"no host name", RecordType::a},
                                        {"localhost", RecordType::a},
                                        {"a.onion", RecordType::a}},
                             .timeout = base::seconds(10)});

    EXPECT_THAT(answer.results,
                ElementsAre(LookupProblem::not_found, one("10.0.0.1"), LookupProblem::no_address,
                            LookupProblem::too_long_or_invalid_name, LookupProblem::not_found,
                            LookupProblem::not_found));
    EXPECT_THAT(server_->asked(), SizeIs(3));
}

TEST_F(RecordResolverTest, a_nameserver_that_fails_or_refuses_has_said_nothing) {
    for (const int code : {kServFail, kRefused}) {
        records_.reset();
        serve(answers_code(code));

        EXPECT_EQ(ask_a("a.test"), RecordResult(LookupProblem::server_failure)) << code;
    }
}

TEST_F(RecordResolverTest, what_is_not_answered_in_time_is_told_beside_what_was) {
    serve([](const NameQuestion& question) {
        return question.name == "b.test" ? std::vector<std::string>()
                                         : answers_a({0x0a000001})(question);
    });

    const auto answer = ask({.wishes = {{"a.test", RecordType::a}, {"b.test", RecordType::a}},
                             .timeout = base::milliseconds(100)});

    EXPECT_THAT(answer.results, ElementsAre(one("10.0.0.1"), LookupProblem::timed_out));
}

TEST_F(RecordResolverTest, the_next_nameserver_is_asked_in_time_however_short_that_is) {
    const ScriptedNameServer silent(loop_, is_silent());
    server_ = std::make_unique<ScriptedNameServer>(loop_, answers_a({0x0a000001}));
    options_.servers = silent.address() + "," + server_->address();

    const RecordResolver::Answer answer =
        ask({.wishes = {{"a.test", RecordType::a}}, .timeout = base::milliseconds(500)});

    EXPECT_THAT(answer.results, ElementsAre(one("10.0.0.1")));
}

TEST_F(RecordResolverTest, an_answer_that_was_cut_off_is_asked_for_over_tcp) {
    std::vector<std::uint32_t> many;
    for (std::uint32_t i = 0; i < 200; ++i) {
        many.push_back(0x0a000000 + i);
    }
    serve([many](const NameQuestion& question) {
        return question.is_tcp ? answers_a(many)(question)
                               : std::vector{question.head(kNoError, 0, 0x02)};  // TC
    });

    const RecordResult result = ask_a("a.test");

    ASSERT_TRUE(std::holds_alternative<DnsRecords>(result));
    EXPECT_THAT(std::get<DnsRecords>(result).records, SizeIs(200));
    EXPECT_THAT(server_->asked(), ElementsAre("a.test A", "a.test A tcp"));
}

TEST_F(RecordResolverTest, another_nameserver_is_asked_than_the_one_whose_word_is_known) {
    server_ = std::make_unique<ScriptedNameServer>(loop_, answers_a({0x0a000001}));
    const ScriptedNameServer other(loop_, answers_code(kNxDomain));
    options_.servers = server_->address() + "," + other.address();

    EXPECT_EQ(ask_a("a.test"), one("10.0.0.1"));
    EXPECT_EQ(said_by_, server_->address());
    EXPECT_EQ(ask_a("a.test", said_by_), RecordResult(LookupProblem::not_found));
    EXPECT_EQ(said_by_, other.address());
    EXPECT_EQ(ask_a("a.test"), one("10.0.0.1"));
}

TEST_F(RecordResolverTest, no_nameserver_confirms_itself_because_the_other_one_fails) {
    server_ = std::make_unique<ScriptedNameServer>(loop_, answers_code(kNxDomain));
    const ScriptedNameServer refuses(loop_, answers_code(kRefused));
    options_.servers = server_->address() + "," + refuses.address();

    EXPECT_EQ(ask_a("a.test"), RecordResult(LookupProblem::not_found));
    EXPECT_EQ(ask_a("a.test", said_by_), RecordResult(LookupProblem::server_failure));

    EXPECT_EQ(said_by_, "");
    EXPECT_EQ(server_->asked_for("a.test"), 1);
}

TEST_F(RecordResolverTest, who_has_answered_for_another_one_does_not_confirm_itself) {
    server_ = std::make_unique<ScriptedNameServer>(loop_, answers_code(kRefused));
    const ScriptedNameServer second(loop_, answers_code(kNxDomain));
    options_.servers = server_->address() + "," + second.address();

    EXPECT_EQ(ask_a("a.test"), RecordResult(LookupProblem::not_found));
    EXPECT_EQ(said_by_, second.address());
    EXPECT_EQ(ask_a("a.test", said_by_), RecordResult(LookupProblem::server_failure));

    EXPECT_EQ(second.asked_for("a.test"), 1);
}

TEST_F(RecordResolverTest, the_only_nameserver_is_asked_again) {
    serve(answers_a({0x0a000001}));
    options_.servers = server_->address() + "," + server_->address();  // written twice or not

    EXPECT_EQ(ask_a("a.test"), one("10.0.0.1"));
    EXPECT_EQ(ask_a("a.test", said_by_), one("10.0.0.1"));
    EXPECT_EQ(said_by_, server_->address());
}

// NodeLocal DNS may be at one; this host needs an address of its own to ask itself there.
TEST_F(RecordResolverTest, a_link_local_nameserver_is_asked_by_its_interface) {
    const std::string ip = link_local_ip();
    if (ip.empty()) {
        GTEST_SKIP() << "no interface has a link-local address";
    }
    server_ = std::make_unique<ScriptedNameServer>(loop_, answers_a({0x0a000001}), ip);
    const std::string port = std::to_string(server_->port());
    options_.servers = "127.0.0.1:1,[" + ip + "]:" + port;

    EXPECT_EQ(ask_a("a.test"), one("10.0.0.1"));
    EXPECT_EQ(said_by_, "[" + ip.substr(0, ip.find('%')) + "]:" + port);
    EXPECT_EQ(ask_a("a.test", said_by_), RecordResult(LookupProblem::server_failure));
}

TEST_F(RecordResolverTest, nothing_is_remembered) {
    serve(answers_a({0x0a000001}));

    ask_a("a.test");
    ask_a("a.test");

    EXPECT_EQ(server_->asked_for("a.test"), 2);
}

TEST_F(RecordResolverTest, tells_the_search_list_as_it_is_now) {
    serve(answers_a({0x0a000001}));
    write(options_.resolv_conf, "nameserver 127.0.0.1\nsearch a.test b.test\noptions ndots:5\n");

    EXPECT_EQ(ask({.wishes = {}, .timeout = base::seconds(10)}).search,
              (SearchList{{"a.test", "b.test"}, 5}));
    write(options_.resolv_conf, "nameserver 127.0.0.1\nsearch other.test\n");
    const auto answer = ask({.wishes = {}, .timeout = base::seconds(10)});

    EXPECT_EQ(answer.search, (SearchList{{"other.test"}, 1}));
    EXPECT_THAT(answer.results, IsEmpty());
}

TEST_F(RecordResolverTest, nobody_is_told_whose_question_was_dropped) {
    serve(answers_a({0x0a000001}));
    bool is_told = false;

    auto question =
        records().ask({.wishes = {{"a.test", RecordType::a}}, .timeout = base::milliseconds(20)},
                      [&is_told](RecordResolver::Answer) { is_told = true; });
    question.reset();
    run_at_most(base::milliseconds(60));

    EXPECT_FALSE(is_told);
}

TEST_F(RecordResolverTest, may_be_destroyed_by_who_is_told) {
    serve(answers_a({0x0a000001}));
    RecordResolver::QuestionPtr question;
    question = records().ask({.wishes = {{"a.test", RecordType::a}}, .timeout = base::seconds(10)},
                             [&](RecordResolver::Answer) {
                                 question.reset();
                                 records_.reset();
                                 loop_.stop();
                             });

    run_at_most(base::seconds(20));

    EXPECT_EQ(records_, nullptr);
}

}  // namespace
}  // namespace ringside::io::test
