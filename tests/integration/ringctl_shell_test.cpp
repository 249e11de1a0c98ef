// ringctl in shells: completion, and the process that it finds without being told an address.
#include "integration/support/network.h"
#include "integration/support/pool_text.h"
#include "integration/support/process.h"
#include "integration/support/proxy.h"
#include "integration/support/servers.h"
#include "integration/support/temporary_directory.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using Words = std::vector<std::string>;

class RingctlShell : public ::testing::Test {
  protected:
    static std::string pools(const std::vector<MemcachedNode>& nodes) {
        return to_yaml({.name = "cache",
                        .listen = fmt::format("127.0.0.1:{}", free_port()),
                        .servers = {server_line(nodes[0].address(), 1, "10.0.0.1:11211"),
                                    server_line(nodes[1].address(), 1, "10.0.0.2:11211"),
                                    server_line(nodes[2].address(), 1, "blue")}});
    }

    // What a real bash offers for this line, by the script that it has sourced.
    Words offered(const std::string& line) const {
        const std::string script = fmt::format(
            "PATH={}:$PATH; source <(ringctl completion bash) || exit 9; COMP_LINE=\"$1\"; "
            "COMP_POINT=${{#1}}; function=$(complete -p ringctl); function=${{function#*-F }}; "
            "${{function% *}}; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            std::filesystem::path(program("ringctl")).parent_path().string());
        const Outcome outcome =
            run({"/bin/bash", "--norc", "-c", script, "bash", line},
                {fmt::format("RINGCTL_ADMIN=127.0.0.1:{}", proxy_.admin_port())});
        EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
        Words words;
        std::istringstream lines(outcome.output);
        for (std::string word; std::getline(lines, word);) {
            if (!word.empty()) {
                words.push_back(word);
            }
        }
        return words;
    }

    std::vector<MemcachedNode> nodes_{3};
    Proxy proxy_{{.pools = pools(nodes_)}};
};

// --- completion ---

TEST_F(RingctlShell, bash_completes_verbs_options_and_their_arguments) {
    EXPECT_THAT(offered("ringctl "), IsSupersetOf({"eject", "status", "completion"}));
    EXPECT_THAT(offered("ringctl ej"), ElementsAre("eject"));
    EXPECT_THAT(offered("ringctl --json po"), ElementsAre("pools", "pool"));
    EXPECT_THAT(offered("ringctl eject --"),
                AllOf(IsSupersetOf({"--for", "--force", "--admin"}), Not(Contains("--with"))));
    EXPECT_THAT(offered("ringctl pools -o "), ElementsAre("table", "wide", "json", "yaml"));
    EXPECT_THAT(offered("ringctl pools --output y"), ElementsAre("yaml"));
    // Bash takes '=' for the end of a word, too.
    EXPECT_THAT(offered("ringctl pools --output=y"), ElementsAre("yaml"));
    EXPECT_THAT(offered("ringctl completion "), ElementsAre("bash", "zsh", "fish"));
    EXPECT_THAT(offered("ringctl help loc"), ElementsAre("locate"));
    EXPECT_THAT(offered("ringctl reload "), IsEmpty());
}

TEST_F(RingctlShell, bash_completes_names_of_the_running_proxy) {
    EXPECT_THAT(offered("ringctl pool "), ElementsAre("cache"));
    EXPECT_THAT(offered("ringctl eject cache "),
                ElementsAre("blue", "10.0.0.1:11211", "10.0.0.2:11211"));
    EXPECT_THAT(offered("ringctl what-if cache --eject bl"), ElementsAre("blue"));
    // Bash takes a colon for the end of a word: the part before it stays as it is.
    EXPECT_THAT(offered("ringctl eject cache 10.0.0.2:"), ElementsAre("11211"));
    EXPECT_THAT(offered("ringctl eject nowhere "), IsEmpty());
    EXPECT_THAT(offered("ringctl --admin 127.0.0.1:1 pool "), IsEmpty());  // nobody answers
}

TEST_F(RingctlShell, bash_completes_files_where_a_file_is_wanted) {
    const TemporaryDirectory folder;
    folder.write("nutcracker.yml", "");

    EXPECT_THAT(offered("ringctl compare --with " + folder.file("nut")),
                ElementsAre(folder.file("nutcracker.yml")));
}

// Where these shells are installed.
TEST(RingctlCompletion, other_shells_can_read_their_scripts) {
    const TemporaryDirectory folder;
    for (const std::string shell : {"zsh", "fish"}) {
        const Outcome script = run({program("ringctl"), "completion", shell});
        ASSERT_EQ(script.exit_code, 0);
        EXPECT_THAT(script.output, HasSubstr("__complete"));
        const std::string path = "/usr/bin/" + shell;
        if (::access(path.c_str(), X_OK) == 0) {
            EXPECT_EQ(run({path, "-n", folder.write(shell, script.output)}).exit_code, 0) << shell;
        }
    }
}

// fish tells what it would offer; its completion is told by a command of its own.
TEST_F(RingctlShell, fish_offers_the_same) {
    if (::access("/usr/bin/fish", X_OK) != 0) {
        GTEST_SKIP() << "fish is not installed";
    }
    const TemporaryDirectory folder;
    const std::string script = fmt::format(
        "set -x PATH {} $PATH; ringctl completion fish | source; "
        "complete -C 'ringctl eject cache b'; complete -C 'ringctl ej'",
        std::filesystem::path(program("ringctl")).parent_path().string());

    const Outcome outcome = run({"/usr/bin/fish", "--no-config", "-c", script},
                                {fmt::format("RINGCTL_ADMIN=127.0.0.1:{}", proxy_.admin_port()),
                                 "HOME=" + folder.file("home")});

    EXPECT_THAT(outcome.output, HasSubstr("blue"));
    EXPECT_THAT(outcome.output, HasSubstr("eject\ttake a node out of the ring"));
}

// --- the process that is asked ---

Outcome ringctl_of(const Process& process, Words words) {
    words.insert(words.begin(), {program("ringctl"), "--pid", std::to_string(process.pid())});
    return run(std::move(words));
}

TEST_F(RingctlShell, a_process_is_found_by_its_number) {
    Proxy other({.pools = pool_before(nodes_, free_port())});

    const Outcome first = ringctl_of(proxy_.process(), {"names"});
    const Outcome second = ringctl_of(other.process(), {"names"});

    EXPECT_EQ(first.output, "cache\n") << first.errors;
    EXPECT_EQ(second.output, "pool\n") << second.errors;
    // The ports of clients were not tried: HTTP is an error there.
    EXPECT_THAT(other.get("/pools/pool").body, HasSubstr("\"rejected_foreign\": 0,"));
}

TEST_F(RingctlShell, a_process_that_listens_at_a_unix_socket_is_found_as_well) {
    const TemporaryDirectory folder;
    const std::string file =
        folder.write("unix.yml", fmt::format("ringside: {{admin: {}, stats: off}}\n"
                                             "quiet:\n  listen: {}\n  servers: [\"{}:1 a\"]\n",
                                             folder.file("admin.sock"), folder.file("pool.sock"),
                                             nodes_[0].address()));
    Process process({program("ringside"), "-c", file});
    process.wait_until([&] { return accepts(folder.file("admin.sock")); }, "the admin API");

    const Outcome outcome = ringctl_of(process, {"names"});

    EXPECT_EQ(outcome.output, "quiet\n") << outcome.errors;
    EXPECT_EQ(process.stop(), 0);
}

TEST_F(RingctlShell, what_is_no_ringside_is_said_to_be_none) {
    const Outcome outcome = ringctl_of(nodes_[0].process(), {"pools"});

    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.errors, HasSubstr("none of them is an admin API; is it ringside?"));
    const Outcome nobody = run({program("ringctl"), "--pid", "2147483647", "pools"});
    EXPECT_EQ(nobody.exit_code, 3);
    EXPECT_EQ(nobody.errors, "ringctl: there is no process 2147483647\n");
}

// Others may run on this machine, at the default port even: that there are several is said anyway.
TEST_F(RingctlShell, of_several_processes_it_says_which_one_or_asks_to_choose) {
    Proxy other({.pools = pool_before(nodes_, free_port())});

    const Outcome outcome = run({program("ringctl"), "names"}, {"RINGCTL_ADMIN="});

    EXPECT_THAT(outcome.exit_code, AnyOf(0, 3));
    EXPECT_THAT(
        outcome.errors,
        AllOf(AnyOf(HasSubstr("choose with --pid"), HasSubstr("--pid chooses another")),
              AnyOf(HasSubstr(fmt::format("pid {}", proxy_.process().pid())), HasSubstr("more"))));
    EXPECT_EQ(outcome.output.empty(), outcome.exit_code == 3);
}

// Alone in a network of its own, where the default port is nobody's.
TEST_F(RingctlShell, the_only_process_is_asked_without_any_option) {
    const TemporaryDirectory folder;
    const std::string file = folder.write(
        "alone.yml", fmt::format("ringside: {{admin: \"127.0.0.1:4001\"}}\n"
                                 "alone:\n  listen: 127.0.0.1:4002\n  servers: [\"{}:1 a\"]\n",
                                 nodes_[0].address()));
    const std::string script = fmt::format(
        "ip link set lo up && {{ {} -c {} & }} && for i in $(seq 100); do "
        "{} --admin 127.0.0.1:4001 health >/dev/null 2>&1 && break; sleep 0.1; done; "
        "{} names; code=$?; kill $!; wait; exit $code",
        program("ringside"), file, program("ringctl"), program("ringctl"));
    const Outcome possible = run({"/usr/bin/unshare", "--user", "--map-root-user", "--net", "ip",
                                  "link", "set", "lo", "up"});
    if (possible.exit_code != 0) {
        GTEST_SKIP() << "no network of its own here: " << possible.errors;
    }

    const Outcome outcome =
        run({"/usr/bin/unshare", "--user", "--map-root-user", "--net", "/bin/sh", "-c", script},
            {"RINGCTL_ADMIN="});

    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_EQ(outcome.output, "alone\n") << outcome.errors;
    EXPECT_THAT(outcome.errors, HasSubstr("at 127.0.0.1:4001"));
}

}  // namespace
}  // namespace ringside::testing
