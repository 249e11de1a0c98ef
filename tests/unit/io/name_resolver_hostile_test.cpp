#include "unit/io/name_resolver_harness.h"

#include <gmock/gmock.h>

#include <random>

namespace ringside::io::test {
namespace {

using testing::AnyOf;
using testing::StartsWith;

// Answers that no honest nameserver gives: they cost a lookup at most.
class HostileNameServerTest : public NameResolverTest {
  protected:
    HostileNameServerTest() {
        options_.try_timeout = base::milliseconds(150);  // answers are read late under a sanitizer
        options_.tries = 1;
    }
    // IPv4 is answered so, IPv6 honestly with nothing.
    void serve_a(ScriptedNameServer::Script script) {
        serve([script = std::move(script)](const NameQuestion& question) {
            return question.type == kTypeA ? script(question)
                                           : std::vector{question.head(kNoError, 0)};
        });
    }
    static std::string honest(const NameQuestion& question) {
        return question.head(kNoError, 1) + a_record(0x0a000001, 60);
    }
};

TEST_F(HostileNameServerTest, an_answer_with_another_id_is_ignored) {
    serve_a([](const NameQuestion& question) {
        std::string wrong = question.head(kNoError, 1) + a_record(0x06060606, 60);
        wrong[1] = static_cast<char>(wrong[1] ^ 1);
        return std::vector{wrong, honest(question)};
    });

    EXPECT_EQ(text("a.test"), "10.0.0.1");
}

TEST_F(HostileNameServerTest, an_answer_to_another_question_is_ignored) {
    serve_a([](const NameQuestion& question) {
        NameQuestion other = question;
        other.section = wire_name("b.test") + two_bytes(kTypeA) + two_bytes(1);
        return std::vector{other.head(kNoError, 1) + a_record(0x06060606, 60), honest(question)};
    });

    EXPECT_EQ(text("a.test"), "10.0.0.1");
}

TEST_F(HostileNameServerTest, records_of_another_name_are_not_taken) {
    serve_a([](const NameQuestion& question) {
        return std::vector{question.head(kNoError, 2) +
                           record(kTypeA, 60, four_bytes(0x06060606), wire_name("evil.test")) +
                           a_record(0x0a000001, 60)};
    });

    EXPECT_EQ(text("a.test"), "10.0.0.1");
}

TEST_F(HostileNameServerTest, addresses_where_no_node_can_be_are_not_taken) {
    serve_a(answers_a({0x00000000, 0xe0000001, 0xffffffff, 0x0a000001}));
    EXPECT_EQ(text("a.test"), "10.0.0.1");

    resolver_.reset();
    serve_a(answers_a({0x00000000}));
    EXPECT_EQ(text("a.test"), "name server gave a bad answer");
}

TEST_F(HostileNameServerTest, names_that_point_at_themselves_are_a_bad_answer) {
    serve_a([](const NameQuestion& question) {
        // The record begins behind the question: its name points to itself.
        const auto here = static_cast<int>(12 + question.section.size());
        return std::vector{question.head(kNoError, 1) +
                           record(kTypeA, 60, four_bytes(0x06060606), two_bytes(0xc000 | here))};
    });

    EXPECT_EQ(text("a.test"), "name server gave a bad answer");
}

TEST_F(HostileNameServerTest, aliases_in_a_circle_lead_nowhere) {
    serve_a([](const NameQuestion& question) {
        std::string answer = question.head(kNoError, 400);
        for (int i = 0; i < 200; ++i) {
            answer += record(kTypeCname, 60, wire_name("b.test"));
            answer += record(kTypeCname, 60, "\300\014", wire_name("b.test"));
        }
        return std::vector{question.is_tcp ? answer : question.head(kNoError, 0, 0x02)};
    });

    EXPECT_EQ(text("a.test"), "host name has no address");
}

TEST_F(HostileNameServerTest, an_answer_is_bad_wherever_it_ends_early) {
    const auto whole_size = [&] {
        NameQuestion question{"id", "a.test", kTypeA,
                              wire_name("a.test") + two_bytes(1) + two_bytes(1)};
        return honest(question).size();
    }();
    for (std::size_t size = 0; size < whole_size; ++size) {
        resolver_.reset();
        serve_a([size](const NameQuestion& question) {
            return std::vector{honest(question).substr(0, size)};
        });

        EXPECT_NE(text("a.test"), "10.0.0.1") << size;
    }
}

TEST_F(HostileNameServerTest, more_records_than_are_there_are_a_bad_answer) {
    serve_a([](const NameQuestion& question) {
        return std::vector{question.head(kNoError, 0xffff) + a_record(0x0a000001, 60)};
    });

    EXPECT_EQ(text("a.test"), "name server gave a bad answer");
}

TEST_F(HostileNameServerTest, a_connection_for_a_long_answer_may_carry_nonsense) {
    for (const std::string& nonsense :
         {std::string(), std::string(1, 'x'), std::string(9000, 'x'), std::string(65535, '\xff')}) {
        resolver_.reset();
        serve_a([&](const NameQuestion& question) {
            return std::vector{question.is_tcp ? nonsense : question.head(kNoError, 0, 0x02)};
        });

        EXPECT_THAT(text("a.test"), AnyOf(StartsWith("name server"), StartsWith("name lookup")));
    }
}

TEST_F(HostileNameServerTest, a_flood_of_answers_to_one_question_counts_once) {
    serve_a([](const NameQuestion& question) {
        std::vector<std::string> flood(200, question.head(kNoError, 1) + a_record(0x0a000001, 60));
        flood.resize(
            400);  // and empty datagrams, which once were taken for the end (CVE-2023-32067)
        return flood;
    });

    EXPECT_EQ(text("a.test"), "10.0.0.1");
    EXPECT_EQ(text("b.test"), "10.0.0.1");
}

// Bytes of answers changed by chance, with the id and the question mostly right so that they are
// read. There is an end to each, and nothing but addresses or a reason.
TEST_F(HostileNameServerTest, changed_bytes_do_no_harm) {
    std::mt19937 random(8);
    const auto below = [&random](std::size_t end) { return random() % end; };
    serve([&](const NameQuestion& question) {
        const std::string target = wire_name("real.test");
        std::string answer = question.head(kNoError, 4) + record(kTypeCname, 20, target) +
                             record(kTypeA, 60, four_bytes(0x0a000001), target) +
                             record(kTypeAaaa, 60, std::string(16, '\1'), target) +
                             a_record(0x0a000002, 60);
        const std::size_t kept = 12 + question.section.size();
        for (std::size_t changes = 1 + below(8); changes != 0; --changes) {
            const std::size_t at =
                below(20) == 0 ? 2 + below(kept) : kept + below(answer.size() - kept);
            answer[at] = static_cast<char>(random());
        }
        if (below(4) == 0) {
            answer.resize(below(answer.size()));
        }
        return std::vector{answer};
    });
    constexpr int kNames = 2000;
    int answers = 0;
    std::vector<NameResolver::QuestionPtr> open;

    for (int i = 0; i < kNames; ++i) {
        open.push_back(resolver().ask("n" + std::to_string(i) + ".test", [&](const LookupResult&) {
            if (++answers == kNames) {
                loop_.stop();
            }
        }));
    }
    run_at_most(base::seconds(50));

    EXPECT_EQ(answers, kNames);
    const auto& counters = resolver().counters();
    EXPECT_EQ(counters.lookups, static_cast<std::uint64_t>(kNames));
    EXPECT_GT(counters.failed[static_cast<std::size_t>(LookupProblem::bad_answer)], 0U);
    EXPECT_GT(counters.answered, 0U);
}

}  // namespace
}  // namespace ringside::io::test
