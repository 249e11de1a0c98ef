#include "io/name_resolver.h"

#include "unit/io/name_resolver_harness.h"

#include <gmock/gmock.h>

namespace ringside::io::test {
namespace {

using testing::AnyOf;
using testing::Ge;
using testing::IsEmpty;
using testing::Le;
using testing::UnorderedElementsAre;

TEST_F(NameResolverTest, literals_hosts_and_localhost_are_answered_without_a_question) {
    serve(answers_a({0x0a000001}));
    write(options_.hosts, "10.1.1.1 cache-1 # first\n10.1.1.2 cache-2 Cache-1\n");

    EXPECT_EQ(text("192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(text("2001:db8::1"), "2001:db8::1");
    EXPECT_EQ(text("CACHE-1."), "10.1.1.1 10.1.1.2");
    EXPECT_EQ(text("localhost"), "127.0.0.1 ::1");
    EXPECT_EQ(text("a.localhost."), "127.0.0.1 ::1");

    EXPECT_THAT(server_->asked(), IsEmpty());
    EXPECT_EQ(resolver().counters().local, 5U);
}

TEST_F(NameResolverTest, a_name_that_is_never_in_dns_is_not_asked_for) {
    serve(answers_a({0x0a000001}));

    EXPECT_EQ(text("cache.invalid"), "no such host name");

    EXPECT_THAT(server_->asked(), IsEmpty());
}

TEST_F(NameResolverTest, the_hosts_file_goes_before_the_rule_for_localhost_and_is_read_again) {
    write(options_.hosts, "127.0.0.5 localhost\n");
    EXPECT_EQ(text("localhost"), "127.0.0.5");

    write(options_.hosts, "127.0.0.6 localhost other\n");

    EXPECT_EQ(text("localhost"), "127.0.0.6");
}

TEST_F(NameResolverTest, finds_the_addresses_of_both_families_with_the_least_ttl) {
    serve([](const NameQuestion& question) {
        const std::string ipv6 = std::string(15, '\0') + '\1';
        return std::vector{question.type == kTypeA
                               ? question.head(kNoError, 2) + a_record(0x7f000002, 70) +
                                     a_record(0x7f000001, 40)
                               : question.head(kNoError, 1) + record(kTypeAaaa, 50, ipv6)};
    });

    const LookupResult result = look_up("Cache.Test");

    EXPECT_THAT(std::get<FoundAddresses>(result).ips,
                UnorderedElementsAre("127.0.0.2", "127.0.0.1", "::1"));
    EXPECT_EQ(ttl_of(result), base::seconds(40));
    EXPECT_THAT(server_->asked(), UnorderedElementsAre("cache.test A", "cache.test AAAA"));
}

TEST_F(NameResolverTest, follows_an_alias_and_takes_its_ttl_into_account) {
    serve([](const NameQuestion& question) {
        const std::string target = wire_name("real.test");
        return std::vector{question.type == kTypeA
                               ? question.head(kNoError, 2) + record(kTypeCname, 20, target) +
                                     record(kTypeA, 60, four_bytes(0x0a000001), target)
                               : question.head(kNoError, 1) + record(kTypeCname, 20, target)};
    });

    const LookupResult result = look_up("alias.test");

    EXPECT_EQ(text_of(result), "10.0.0.1");
    EXPECT_EQ(ttl_of(result), base::seconds(20));
}

TEST_F(NameResolverTest, ttls_are_kept_within_bounds) {
    for (const auto& [ttl, expected] :
         {std::pair{0U, base::kNameTtlMin}, std::pair{0x7fffffffU, base::kNameTtlMax},
          std::pair{0xffffffffU, base::kNameTtlMin}}) {
        resolver_.reset();
        serve(answers_a({0x0a000001}, ttl));

        EXPECT_EQ(ttl_of(look_up("a.test")), expected) << ttl;
    }
}

TEST_F(NameResolverTest, who_asks_for_the_same_name_shares_one_lookup) {
    serve(answers_a({0x0a000001}));
    int answers = 0;
    std::vector<NameResolver::QuestionPtr> questions;

    for (const char* name : {"a.test", "A.TEST", "a.test"}) {
        questions.push_back(resolver().ask(name, [&](const LookupResult& result) {
            EXPECT_EQ(text_of(result), "10.0.0.1");
            if (++answers == 3) {
                loop_.stop();
            }
        }));
    }
    run_at_most(base::seconds(20));

    EXPECT_EQ(answers, 3);
    EXPECT_EQ(server_->asked_for("a.test"), 1);
    EXPECT_EQ(resolver().counters().asked, 3U);
    EXPECT_EQ(resolver().counters().lookups, 1U);
    EXPECT_EQ(resolver().counters().answered, 1U);
}

TEST_F(NameResolverTest, what_was_found_is_kept_with_what_is_left_of_its_ttl) {
    serve(answers_a({0x0a000001}, 60));

    look_up("a.test");
    const LookupResult again = look_up("a.test");

    EXPECT_EQ(text_of(again), "10.0.0.1");
    EXPECT_THAT(ttl_of(again), Le(base::seconds(60)));
    EXPECT_THAT(ttl_of(again), Ge(base::seconds(30)));
    EXPECT_EQ(server_->asked_for("a.test"), 1);
    EXPECT_EQ(resolver().counters().from_cache, 1U);
}

TEST_F(NameResolverTest, what_is_doubted_is_looked_up_before_its_ttl_is_over) {
    std::uint32_t address = 0x0a000001;
    serve([&address](const NameQuestion& question) { return answers_a({address})(question); });
    ASSERT_EQ(text("a.test"), "10.0.0.1");
    address = 0x0a000002;
    ASSERT_EQ(text("a.test"), "10.0.0.1");

    resolver().doubt("A.test");

    EXPECT_EQ(text("a.test"), "10.0.0.2");
    EXPECT_EQ(server_->asked_for("a.test"), 2);
}

TEST_F(NameResolverTest, is_asked_again_when_the_ttl_has_passed) {
    std::uint32_t address = 0x0a000001;
    serve([&](const NameQuestion& question) { return answers_a({address}, 1)(question); });
    EXPECT_EQ(text("a.test"), "10.0.0.1");

    address = 0x0a000002;
    run_at_most(base::milliseconds(1010));

    EXPECT_EQ(text("a.test"), "10.0.0.2");
}

TEST_F(NameResolverTest, a_lookup_outlives_who_asked_for_it) {
    NameQuestion asked;
    serve([&](const NameQuestion& question) {
        if (question.type != kTypeA) {
            return std::vector{question.head(kNoError, 0)};
        }
        asked = question;
        loop_.stop();
        return std::vector<std::string>();
    });
    bool is_told = false;

    auto question = resolver().ask("a.test", [&](const LookupResult&) { is_told = true; });
    run_at_most(base::seconds(20));
    question.reset();
    server_->send(asked.head(kNoError, 1) + a_record(0x0a000001, 60));

    EXPECT_EQ(text("a.test"), "10.0.0.1");
    EXPECT_FALSE(is_told);
    EXPECT_EQ(server_->asked_for("a.test"), 1);
}

TEST_F(NameResolverTest, is_kept_at_least_as_long_as_it_took_to_find) {
    options_.try_timeout = base::milliseconds(1500);
    bool is_first = true;
    serve([&](const NameQuestion& question) {  // the answer to the second attempt
        if (question.type == kTypeA && std::exchange(is_first, false)) {
            return std::vector<std::string>();
        }
        return answers_a({0x0a000001}, 0)(question);
    });

    look_up("a.test");
    run_at_most(base::milliseconds(1200));
    look_up("a.test");

    EXPECT_EQ(resolver().counters().from_cache, 1U);
}

TEST_F(NameResolverTest, a_name_without_an_answer_holds_up_no_other) {
    serve([](const NameQuestion& question) {
        return question.name == "silent.test" ? std::vector<std::string>()
                                              : answers_a({0x0a000001})(question);
    });
    bool is_told = false;

    const auto open = resolver().ask("silent.test", [&](const LookupResult&) { is_told = true; });
    for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(text("n" + std::to_string(i) + ".test"), "10.0.0.1");
    }

    EXPECT_FALSE(is_told);
}

// As many as are asked at once, all silent, keep the others waiting for a moment only.
TEST_F(NameResolverTest, many_names_without_an_answer_hold_up_no_other_for_long) {
    serve([](const NameQuestion& question) {
        return question.name != "well.test" ? std::vector<std::string>()
                                            : answers_a({0x0a000001})(question);
    });
    std::vector<NameResolver::QuestionPtr> open;
    for (std::size_t i = 0; i < 2 * base::kNamesAskedAtOnceMax; ++i) {
        open.push_back(
            resolver().ask("n" + std::to_string(i) + ".test", [](const LookupResult&) {}));
    }
    const auto start = base::Clock::now();

    EXPECT_EQ(text("well.test"), "10.0.0.1");
    EXPECT_LT(base::Clock::now() - start, base::seconds(10));  // 14 s are given up after
    EXPECT_EQ(resolver().counters().lookups, 2 * base::kNamesAskedAtOnceMax + 1);
}

// When they are asked for again, not even for that: a reload, or the next refresh.
TEST_F(NameResolverTest, names_that_were_silent_wait_behind_those_that_were_not) {
    serve([](const NameQuestion& question) {
        return question.name != "well.test" ? std::vector<std::string>()
                                            : answers_a({0x0a000001})(question);
    });
    options_.try_timeout = base::milliseconds(100);  // given up after 0.7 s
    constexpr std::size_t kSilent = 5 * base::kNamesAskedAtOnceMax;
    std::vector<NameResolver::QuestionPtr> open;
    std::size_t told = 0;
    const auto ask_for_all = [&] {
        for (std::size_t i = 0; i < kSilent; ++i) {
            open.push_back(
                resolver().ask("n" + std::to_string(i) + ".test", [&](const LookupResult&) {
                    ++told;
                    if (told == kSilent) {
                        loop_.stop();
                    }
                }));
        }
    };
    ask_for_all();
    run_at_most(base::seconds(20));
    ASSERT_EQ(told, kSilent);

    run_at_most(base::kNameTtlMin);  // for so long it is known that they have no address
    const auto before = resolver().counters().lookups;
    ask_for_all();
    EXPECT_EQ(text("well.test"), "10.0.0.1");

    EXPECT_LE(resolver().counters().lookups - before, base::kSilentNamesAskedAtOnceMax + 1);
}

// One of the two questions is answered: the name is known to be no silent one.
TEST_F(NameResolverTest, names_without_an_answer_for_ipv6_keep_no_place) {
    options_.other_family_wait = base::seconds(10);
    options_.try_timeout = base::seconds(5);
    serve([](const NameQuestion& question) {
        return question.type == kTypeA || question.name == "well.test"
                   ? answers_a({0x0a000001})(question)
                   : std::vector<std::string>();
    });
    std::vector<NameResolver::QuestionPtr> open;
    for (std::size_t i = 0; i < 5 * base::kNamesAskedAtOnceMax; ++i) {
        open.push_back(
            resolver().ask("n" + std::to_string(i) + ".test", [](const LookupResult&) {}));
    }
    const auto start = base::Clock::now();

    EXPECT_EQ(text("well.test"), "10.0.0.1");
    EXPECT_LT(base::Clock::now() - start, 4 * base::kNameIsSlowAfter);  // 5 if each 64 kept theirs
}

// Slow is not silent.
TEST_F(NameResolverTest, names_that_are_answered_late_wait_in_the_line_of_all) {
    options_.try_timeout = base::milliseconds(300);
    bool first = true;
    serve([&first](const NameQuestion& question) {
        return first ? std::vector<std::string>() : answers_a({0x0a000001})(question);
    });
    const auto ask_for_many = [&] {
        std::vector<NameResolver::QuestionPtr> open;
        for (std::size_t i = 0; i < 2 * base::kSilentNamesAskedAtOnceMax; ++i) {
            open.push_back(
                resolver().ask("n" + std::to_string(i) + ".test", [](const LookupResult&) {}));
        }
        return open;
    };
    const auto late = ask_for_many();
    run_at_most(base::kNameIsSlowAfter + base::milliseconds(20));
    first = false;  // the second round of questions is answered
    run_at_most(base::seconds(1));
    EXPECT_EQ(resolver().counters().answered, late.size());

    for (std::size_t i = 0; i < late.size(); ++i) {
        resolver().doubt("n" + std::to_string(i) + ".test");
    }
    const auto before = resolver().counters().lookups;
    const auto again = ask_for_many();

    EXPECT_EQ(resolver().counters().lookups - before, again.size()) << "all are asked at once";
}

TEST_F(NameResolverTest, an_answer_that_was_cut_off_is_asked_for_over_tcp) {
    std::vector<std::uint32_t> many;
    for (std::uint32_t i = 0; i < 200; ++i) {
        many.push_back(0x0a000100 + i);
    }
    serve([&](const NameQuestion& question) {
        constexpr int kTruncated = 0x02;
        return question.is_tcp || question.type != kTypeA
                   ? answers_a(many)(question)
                   : std::vector{question.head(kNoError, 0, kTruncated)};
    });

    const LookupResult result = look_up("many.test");

    ASSERT_TRUE(std::holds_alternative<FoundAddresses>(result)) << text_of(result);
    EXPECT_EQ(std::get<FoundAddresses>(result).ips.size(), 200U);
    EXPECT_EQ(std::get<FoundAddresses>(result).ips.front(), "10.0.1.0");
}

TEST_F(NameResolverTest, takes_no_more_addresses_than_the_limit) {
    std::vector<std::uint32_t> many;
    for (std::uint32_t i = 0; i < 4000; ++i) {
        many.push_back(0x0a000100 + i);
    }
    serve([&](const NameQuestion& question) {
        return question.is_tcp ? answers_a(many)(question)
                               : std::vector{question.head(kNoError, 0, 0x02)};
    });

    const LookupResult result = look_up("many.test");

    ASSERT_TRUE(std::holds_alternative<FoundAddresses>(result)) << text_of(result);
    EXPECT_EQ(std::get<FoundAddresses>(result).ips.size(), base::kNameAddressesMax);
}

TEST_F(NameResolverTest, says_why_a_name_has_no_address) {
    options_.try_timeout = base::milliseconds(20);
    options_.tries = 1;
    for (const auto& [script, reason] :
         {std::pair{answers_code(kNxDomain), "no such host name"},
          std::pair{answers_code(kNoError), "host name has no address"},
          std::pair{answers_code(kServFail), "name server failed"},
          std::pair{answers_code(kRefused), "name server failed"},
          std::pair{is_silent(), "name lookup timed out"}}) {
        resolver_.reset();
        serve(script);

        EXPECT_EQ(text("a.test"), reason);
    }
    EXPECT_EQ(resolver().counters().failed[static_cast<std::size_t>(LookupProblem::timed_out)], 1U);
}

TEST_F(NameResolverTest, a_nameserver_that_is_not_there_has_failed) {
    options_.try_timeout = base::milliseconds(20);
    serve(is_silent());
    server_.reset();

    // c-ares misses a refusal when two questions leave by one socket, and waits for an answer then.
    EXPECT_THAT(text("a.test"), AnyOf("name server failed", "name lookup timed out"));
}

TEST_F(NameResolverTest, that_there_is_no_address_is_not_kept) {
    bool is_there = false;
    serve([&](const NameQuestion& question) {
        return is_there ? answers_a({0x0a000001})(question) : answers_code(kNxDomain)(question);
    });
    ASSERT_EQ(text("a.test"), "no such host name");

    is_there = true;

    EXPECT_EQ(text("a.test"), "10.0.0.1");
    EXPECT_EQ(server_->asked_for("a.test"), 2);
}

TEST_F(NameResolverTest, a_name_that_cannot_be_asked_for_is_refused) {
    serve(answers_a({0x0a000001}));

    for (const std::string& name :
         {std::string(), std::string("a b"), std::string("a..b"), std::string("/run/a.sock"),
          std::string(300, 'a'), std::string("a\0b", 3)}) {
        EXPECT_EQ(text(name), "invalid host name");
    }
    EXPECT_THAT(server_->asked(), IsEmpty());
}

TEST_F(NameResolverTest, addresses_of_one_family_do_not_wait_long_for_the_other) {
    options_.other_family_wait = base::milliseconds(20);
    serve([](const NameQuestion& question) {
        return question.type == kTypeA ? answers_a({0x0a000001})(question)
                                       : std::vector<std::string>();
    });
    const auto start = base::Clock::now();

    EXPECT_EQ(text("a.test"), "10.0.0.1");

    EXPECT_LT(base::Clock::now() - start, base::seconds(10));
}

TEST_F(NameResolverTest, a_lookup_ends_at_its_limit_whatever_happens) {
    options_.lookup_limit = base::milliseconds(50);
    serve(is_silent());
    const auto start = base::Clock::now();

    EXPECT_EQ(text("a.test"), "name lookup timed out");

    EXPECT_LT(base::Clock::now() - start, base::seconds(10));
}

TEST_F(NameResolverTest, questions_under_way_are_dropped_with_it) {
    serve(is_silent());
    bool is_told = false;

    const auto open = resolver().ask("a.test", [&](const LookupResult&) { is_told = true; });
    const auto local = resolver().ask("127.0.0.1", [&](const LookupResult&) { is_told = true; });
    resolver_.reset();
    run_at_most(base::milliseconds(20));

    EXPECT_FALSE(is_told);
}

TEST_F(NameResolverTest, may_end_in_its_own_call) {
    serve(answers_a({0x0a000001}));
    int told = 0;
    const auto end = [&](const LookupResult&) {
        ++told;
        resolver_.reset();
        loop_.stop();
    };

    const auto first = resolver().ask("a.test", end);
    const auto second = resolver().ask("a.test", end);
    run_at_most(base::seconds(20));

    EXPECT_EQ(told, 1);
}

TEST_F(NameResolverTest, may_be_asked_in_its_own_call) {
    serve(answers_a({0x0a000001}));
    std::string found;
    NameResolver::QuestionPtr second;

    const auto first = resolver().ask("a.test", [&](const LookupResult&) {
        second = resolver().ask("b.test", [&](const LookupResult& result) {
            found = text_of(result);
            loop_.stop();
        });
    });
    run_at_most(base::seconds(20));

    EXPECT_EQ(found, "10.0.0.1");
}

}  // namespace
}  // namespace ringside::io::test
