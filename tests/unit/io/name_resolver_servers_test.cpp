#include "unit/io/name_resolver_harness.h"

#include <gmock/gmock.h>

namespace ringside::io::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// What the nameservers of resolv.conf do, and its other lines.
class NameServersTest : public NameResolverTest {
  protected:
    // Two on one port, as resolv.conf cannot name ports: 127.0.0.1 and 127.0.0.2.
    void serve_two(ScriptedNameServer::Script first, ScriptedNameServer::Script second) {
        server_ = std::make_unique<ScriptedNameServer>(loop_, std::move(first), "127.0.0.1");
        other_ = std::make_unique<ScriptedNameServer>(loop_, std::move(second), "127.0.0.2",
                                                      server_->port());
        options_.port = server_->port();
    }
    // Only below this domain there is something; what was asked for A records, in order.
    ScriptedNameServer::Script answers_below(std::string domain) {
        return [this, domain = std::move(domain)](const NameQuestion& question) {
            if (question.type == kTypeA) {
                asked_.push_back(question.name);
            }
            return question.name.ends_with(domain) ? answers_a({0x0a000001})(question)
                                                   : answers_code(kNxDomain)(question);
        };
    }

    std::unique_ptr<ScriptedNameServer> other_;
    std::vector<std::string> asked_;
};

TEST_F(NameServersTest, the_second_is_asked_when_the_first_is_silent) {
    options_.try_timeout = base::milliseconds(100);
    serve_two(is_silent(), answers_a({0x0a000001}));
    write(options_.resolv_conf, "nameserver 127.0.0.1\nnameserver 127.0.0.2\n");

    EXPECT_EQ(text("a.test"), "10.0.0.1");

    EXPECT_EQ(server_->asked_for("a.test"), 1);
    EXPECT_EQ(other_->asked_for("a.test"), 1);
}

TEST_F(NameServersTest, the_second_is_asked_when_the_first_fails) {
    for (const int code : {kServFail, kRefused}) {
        resolver_.reset();
        other_.reset();
        serve_two(answers_code(code), answers_a({0x0a000001}));
        write(options_.resolv_conf, "nameserver 127.0.0.1\nnameserver 127.0.0.2\n");

        EXPECT_EQ(text("a.test"), "10.0.0.1") << code;
    }
}

TEST_F(NameServersTest, are_others_when_resolv_conf_has_changed) {
    serve_two(answers_a({0x0a000001}), answers_a({0x0a000002}));
    write(options_.resolv_conf, "nameserver 127.0.0.1\n");
    EXPECT_EQ(text("a.test"), "10.0.0.1");

    write(options_.resolv_conf, "# moved\nnameserver 127.0.0.2\n");

    EXPECT_EQ(text("b.test"), "10.0.0.2");
    EXPECT_EQ(text("a.test"), "10.0.0.2");  // what was kept came from elsewhere
}

TEST_F(NameServersTest, questions_under_way_end_with_those_they_began_with) {
    NameQuestion asked;
    serve_two(
        [&](const NameQuestion& question) {
            if (question.type != kTypeA) {
                return std::vector{question.head(kNoError, 0)};
            }
            asked = question;
            loop_.stop();
            return std::vector<std::string>();
        },
        answers_a({0x0a000002}));
    write(options_.resolv_conf, "nameserver 127.0.0.1\n");
    std::string found;
    const auto open = resolver().ask("a.test", [&](const LookupResult& result) {
        found = text_of(result);
        loop_.stop();
    });
    run_at_most(base::seconds(20));

    write(options_.resolv_conf, "# moved\nnameserver 127.0.0.2\n");
    EXPECT_EQ(text("b.test"), "10.0.0.2");
    server_->send(asked.head(kNoError, 1) + a_record(0x0a000001, 60));
    run_at_most(base::seconds(20));

    EXPECT_EQ(found, "10.0.0.1");
}

TEST_F(NameServersTest, may_come_back_on_the_same_address) {
    options_.try_timeout = base::milliseconds(20);
    serve(answers_a({0x0a000001}));
    const std::uint16_t port = server_->port();
    EXPECT_EQ(text("a.test"), "10.0.0.1");

    server_.reset();
    EXPECT_NE(text("b.test"), "10.0.0.1");
    server_ =
        std::make_unique<ScriptedNameServer>(loop_, answers_a({0x0a000002}), "127.0.0.1", port);

    EXPECT_EQ(text("c.test"), "10.0.0.2");
}

TEST_F(NameServersTest, search_domains_are_tried_in_their_order) {
    serve(answers_below(".second.test"));
    write(options_.resolv_conf, "search first.test second.test third.test\noptions ndots:2\n");

    EXPECT_EQ(text("cache.a"), "10.0.0.1");
    EXPECT_THAT(asked_, ElementsAre("cache.a.first.test", "cache.a.second.test"));

    asked_.clear();
    EXPECT_EQ(text("cache.a.b"), "10.0.0.1");
    EXPECT_THAT(asked_, ElementsAre("cache.a.b", "cache.a.b.first.test", "cache.a.b.second.test"));

    asked_.clear();
    EXPECT_EQ(text("cache."), "no such host name");
    EXPECT_THAT(asked_, ElementsAre("cache"));
}

TEST_F(NameServersTest, a_search_domain_that_fails_does_not_hide_the_next) {
    serve([this](const NameQuestion& question) {
        if (question.name == "cache.first.test") {
            return answers_code(kServFail)(question);
        }
        return answers_below("cache.second.test")(question);
    });
    write(options_.resolv_conf, "search first.test second.test\n");

    EXPECT_EQ(text("cache"), "10.0.0.1");
    EXPECT_EQ(text("other"), "no such host name");
}

TEST_F(NameServersTest, the_problem_that_says_least_of_a_name_is_told_of_all_it_was_tried_as) {
    serve([](const NameQuestion& question) {
        return answers_code(question.name.ends_with(".first.test") ? kServFail
                                                                   : kNxDomain)(question);
    });
    write(options_.resolv_conf, "search first.test second.test\n");

    EXPECT_EQ(text("cache"), "name server failed");
}

TEST_F(NameServersTest, a_silent_search_domain_ends_the_lookup) {
    options_.try_timeout = base::milliseconds(20);
    options_.tries = 1;
    serve(is_silent());
    write(options_.resolv_conf, "search first.test second.test\n");

    EXPECT_EQ(text("cache"), "name lookup timed out");

    EXPECT_EQ(server_->asked_for("cache.first.test"), 1);
    EXPECT_EQ(server_->asked_for("cache.second.test"), 0);
}

TEST_F(NameServersTest, a_resolv_conf_that_is_missing_or_nonsense_is_no_end) {
    serve(answers_a({0x0a000001}));
    for (const std::string& content :
         {std::string("nonsense\nnameserver\nnameserver none\noptions\n"),
          std::string("options ndots:-1 ndots:99999999999 timeout:x\nsearch\n"),
          std::string(100'000, 'x'), std::string(1000, '\n')}) {
        resolver_.reset();
        write(options_.resolv_conf, content);
        EXPECT_EQ(text("a.test"), "10.0.0.1") << content.substr(0, 80);
    }
    resolver_.reset();
    std::filesystem::remove(options_.resolv_conf);
    EXPECT_EQ(text("a.test"), "10.0.0.1");
}

TEST_F(NameServersTest, a_list_of_servers_that_cannot_be_read_is_a_failure_of_the_lookup) {
    options_.servers = "none,such";

    EXPECT_EQ(text("a.test"), "name server failed");
    EXPECT_EQ(text("a.test"), "name server failed");
}

}  // namespace
}  // namespace ringside::io::test
