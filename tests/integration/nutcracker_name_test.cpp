// Ringside in the place of nutcracker's binary: what scripts see of the command line, compared with
// the real one; and which configurations both take.
#include "integration/support/process.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class NutcrackerName : public ::testing::Test {
  protected:
    NutcrackerName() : link_(directory_.file("nutcracker")) {
        std::filesystem::create_symlink(program("ringside"), link_);
    }

    Outcome ours(std::vector<std::string> words) const {
        words.insert(words.begin(), link_);
        return run(std::move(words));
    }
    static Outcome theirs(std::vector<std::string> words) {
        words.insert(words.begin(), "nutcracker");
        return run(std::move(words));
    }

    TemporaryDirectory directory_;
    const std::string link_;
};

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

TEST_F(NutcrackerName, the_version_begins_with_nutcrackers_lines_on_stderr) {
    const Outcome real = theirs({"-V"});
    const Outcome own = ours({"--version"});

    EXPECT_EQ(own.exit_code, real.exit_code);
    EXPECT_EQ(own.output, "");
    EXPECT_THAT(own.errors, StartsWith(real.errors.substr(0, real.errors.size() - 1)));
    EXPECT_THAT(own.errors, HasSubstr("ringside "));
}

TEST_F(NutcrackerName, help_knows_every_option_of_nutcracker) {
    const Outcome real = theirs({"-h"});
    const Outcome own = ours({"-h"});

    EXPECT_EQ(own.exit_code, real.exit_code);
    EXPECT_EQ(own.output, "");
    for (const std::string& line : lines_of(real.errors)) {
        if (line.starts_with("  -")) {
            const std::string option = line.substr(2, line.find_first_of("= :", 6) - 2);
            EXPECT_THAT(own.errors, HasSubstr(option));
        }
    }
}

// The name of a statistic with its indentation, or a whole line without one.
std::vector<std::string> names_of(const std::vector<std::string>& lines) {
    std::vector<std::string> names;
    for (const std::string& line : lines) {
        names.push_back(line.substr(0, line.find('"')));
    }
    return names;
}

TEST_F(NutcrackerName, describes_nutcrackers_statistics_line_by_line_and_then_its_own) {
    const std::vector<std::string> real = names_of(lines_of(theirs({"-D"}).errors));
    const std::vector<std::string> own = names_of(lines_of(ours({"-D"}).errors));

    const auto section = [](const std::vector<std::string>& names) {
        return std::find(names.begin(), names.end(), "pool stats:");
    };
    ASSERT_NE(section(real), real.end());
    const auto size = std::distance(section(real), real.end());
    ASSERT_LT(size, std::distance(section(own), own.end()));
    EXPECT_EQ(std::vector<std::string>(section(own), section(own) + size),
              std::vector<std::string>(section(real), real.end()));
    EXPECT_EQ(*(section(own) + size + 1), "more pool stats:");
}

// Which texts an output has, in their order.
std::string texts_of(const std::string& output, std::string_view version) {
    const std::vector<std::pair<std::string_view, std::string_view>> marks{
        {"version ", version}, {"usage ", "Usage: "}, {"stats ", "\npool stats:\n"}};
    std::vector<std::pair<std::size_t, std::string_view>> found;
    for (const auto& [name, text] : marks) {
        if (const std::size_t at = ("\n" + output).find(text); at != std::string::npos) {
            found.emplace_back(at, name);
        }
    }
    std::sort(found.begin(), found.end());
    std::string texts;
    for (const auto& each : found) {
        texts += each.second;
    }
    return texts;
}

TEST_F(NutcrackerName, all_combinations_of_what_it_tells_are_as_there) {
    const std::string bad = directory_.write("bad.yml", "a: 1\n");
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"-h"},
                                               {"-V"},
                                               {"-D"},
                                               {"-h", "-D"},
                                               {"-D", "-h"},
                                               {"-V", "-D"},
                                               {"-D", "-V"},
                                               {"-V", "-h"},
                                               {"-hDV"},
                                               {"-t", "-h"},
                                               {"-D", "-t"},
                                               {"-V", "-t", "-d"},
                                               {"-d", "-D"},
                                               {"-V", "-V"}}) {
        std::vector<std::string> all{"-c", bad};
        all.insert(all.end(), words.begin(), words.end());
        SCOPED_TRACE(fmt::format("{}", fmt::join(words, " ")));

        const Outcome real = theirs(all);
        const Outcome own = ours(all);
        all.insert(all.begin(), program("ringside"));
        const Outcome under_own_name = run(all);

        EXPECT_EQ(own.exit_code, real.exit_code);
        EXPECT_EQ(own.output, real.output);
        const std::string texts = texts_of(real.errors, "\nThis is nutcracker-0.5.0");
        EXPECT_EQ(texts_of(own.errors, "\nThis is nutcracker-0.5.0"), texts);
        // Ringside puts its version before the rest only if it is asked for, and all on stdout.
        const bool asked = words[0].find('V') != std::string::npos || words.back() == "-V";
        EXPECT_EQ(under_own_name.exit_code, real.exit_code);
        EXPECT_EQ(under_own_name.errors, "");
        EXPECT_EQ(texts_of(under_own_name.output, "\nringside " RINGSIDE_VERSION "\n"),
                  asked ? texts : texts.substr(texts.find(' ') + 1));
    }
}

TEST_F(NutcrackerName, long_options_may_be_abbreviated_as_there) {
    for (const std::string option :
         {"help", "version", "test-conf", "describe-stats", "daemonize", "verbose=1", "output=x",
          "conf-file=x", "stats-port=1", "stats-addr=a", "stats-interval=1", "pid-file=x",
          "mbuf-size=512"}) {
        const std::size_t equals = option.find('=');
        const std::string name = option.substr(0, equals);
        const std::string value = equals == std::string::npos ? "" : option.substr(equals);
        for (std::size_t size = 1; size <= name.size(); ++size) {
            const std::string word = "--" + name.substr(0, size) + value;
            // With -V nothing is begun, but options are checked.
            EXPECT_EQ(ours({word, "-V"}).exit_code, theirs({word, "-V"}).exit_code) << word;
        }
    }
}

TEST_F(NutcrackerName, wrong_options_fail_as_there_with_one_clear_line) {
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"-x"},
                                               {"-s"},
                                               {"-s", "0"},
                                               {"-s", "70000"},
                                               {"-v", "x"},
                                               {"-m", "1"},
                                               {"-p"},
                                               {"-i", "x"},
                                               {"--nope"}}) {
        const Outcome real = theirs(words);
        const Outcome own = ours(words);

        EXPECT_EQ(own.exit_code, real.exit_code) << words[0];
        EXPECT_EQ(own.exit_code, 1) << words[0];
        EXPECT_THAT(own.errors, StartsWith("nutcracker: option -"));
        EXPECT_EQ(lines_of(own.errors).size(), 1U) << own.errors;
    }
}

TEST_F(NutcrackerName, values_that_say_more_than_there_is_are_taken_as_there) {
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"-v", "12", "-V"}, {"-v", "4294967296", "-V"}, {"-i", "99999999999", "-V"}}) {
        EXPECT_EQ(theirs(words).exit_code, 0) << words[1];
        EXPECT_EQ(ours(words).exit_code, 0) << words[1];
    }
}

TEST_F(NutcrackerName, other_words_are_ignored_as_there) {
    EXPECT_EQ(theirs({"word", "-V"}).exit_code, 0);
    EXPECT_EQ(ours({"word", "-V"}).exit_code, 0);
    EXPECT_EQ(run({program("ringside"), "word", "-V"}).exit_code, 1);
}

TEST_F(NutcrackerName, a_test_of_the_configuration_says_where_and_why) {
    const std::string good =
        directory_.write("good.yml", "a:\n  listen: 127.0.0.1:1\n  servers:\n   - b:1:1\n");
    const std::string bad =
        directory_.write("bad.yml", "a:\n  listen: 127.0.0.1:1\n  servers:\n   - b:0:1\n");

    const Outcome passed = ours({"-t", "-c", good});
    const Outcome failed = ours({"-t", "-c", bad});

    EXPECT_EQ(passed.errors, theirs({"-t", "-c", good}).errors);
    EXPECT_EQ(passed.exit_code, 0);
    EXPECT_EQ(failed.exit_code, 1);
    EXPECT_EQ(failed.errors,
              fmt::format("nutcracker: {0}:4:6: a.servers[0]: port 0 is out of range 1..65535\n"
                          "nutcracker: configuration file '{0}' syntax is invalid\n",
                          bad));
    EXPECT_THAT(run({program("ringside"), "-t", "-c", good}).errors, StartsWith("ringside: "));
}

TEST_F(NutcrackerName, settings_are_explained_with_their_source) {
    const std::string file = directory_.write(
        "a.yml", "a: {listen: 127.0.0.1:1, redis: true, redis_auth: hush, servers: [b:1:1]}\n");

    const Outcome own =
        run({program("ringside"), "--explain-config", "-c", file}, {"RINGSIDE_WORKERS=3"});

    EXPECT_EQ(own.exit_code, 0);
    EXPECT_THAT(own.output, ::testing::ContainsRegex("--conf-file +.*a.yml +option -c\n"));
    EXPECT_THAT(own.output, ::testing::ContainsRegex("a.redis_auth +\\*\\*\\* +.*a.yml:1\n"));
    EXPECT_THAT(own.output,
                ::testing::ContainsRegex("ringside.workers +3 +variable RINGSIDE_WORKERS\n"));
    EXPECT_THAT(own.output, ::testing::ContainsRegex("a.timeout +0 +default\n"));
}

// --- configurations ---

// What we do on purpose.
enum class Ours { same, takes_more, takes_less };

// Given to both with -t.
struct Sample {
    std::string what;
    std::string yaml;
    Ours ours = Ours::same;
};

void PrintTo(const Sample& sample, std::ostream* out) {
    *out << sample.what;
}

// A pool with `lines` beside what it must have.
std::string with(std::string_view lines) {
    return fmt::format("a:\n  listen: 127.0.0.1:1\n{}  servers:\n   - 127.0.0.1:2:1\n", lines);
}
std::string with_listen(std::string_view listen) {
    return fmt::format("a:\n  listen: {}\n  servers:\n   - 127.0.0.1:2:1\n", listen);
}
std::string with_servers(std::string_view lines) {
    return fmt::format("a:\n  listen: 127.0.0.1:1\n  servers:\n{}", lines);
}

std::vector<Sample> number_samples() {
    std::vector<Sample> samples;
    for (const char* key : {"timeout", "backlog", "client_connections", "server_retry_timeout",
                            "server_failure_limit", "server_connections"}) {
        for (const char* value : {"0", "1", "500", "007", "-1", "+1", "1.5", "x", "''", "\"7\""}) {
            samples.push_back(
                {fmt::format("{} {}", key, value), with(fmt::format("  {}: {}\n", key, value))});
        }
        samples.push_back({fmt::format("{} empty", key), with(fmt::format("  {}:\n", key))});
    }
    return samples;
}

// twemproxy's numbers are ints; beyond them it takes what is left of the number.
std::vector<Sample> large_number_samples() {
    std::vector<Sample> samples;
    for (const char* key : {"timeout", "backlog", "client_connections", "server_retry_timeout",
                            "server_failure_limit"}) {
        for (const char* value : {"65536", "86400001", "2147483647", "2147483648"}) {
            samples.push_back(
                {fmt::format("{} {}", key, value), with(fmt::format("  {}: {}\n", key, value))});
        }
        samples.push_back({fmt::format("{} beyond an int", key),
                           with(fmt::format("  {}: 99999999999\n", key)), Ours::takes_less});
    }
    samples.push_back({"server_connections 65535", with("  server_connections: 65535\n")});
    // There are no more ports to connect from.
    samples.push_back(
        {"server_connections 65536", with("  server_connections: 65536\n"), Ours::takes_less});
    samples.push_back({"redis_db", with("  redis: true\n  redis_db: 2147483647\n")});
    samples.push_back({"weight", with_servers("   - 127.0.0.1:2:2147483647\n")});
    return samples;
}

std::vector<Sample> choice_samples() {
    std::vector<Sample> samples;
    for (const char* hash :
         {"one_at_a_time", "md5", "crc16", "crc32", "crc32a", "fnv1_64", "fnv1a_64", "fnv1_32",
          "fnv1a_32", "hsieh", "murmur", "jenkins", "MD5", "sha1", "''"}) {
        samples.push_back({hash, with(fmt::format("  hash: {}\n", hash))});
    }
    for (const char* name : {"ketama", "modula", "random", "Ketama", "consistent"}) {
        samples.push_back({name, with(fmt::format("  distribution: {}\n", name))});
    }
    for (const char* tag : {"'{}'", "\"$$\"", "'{'", "'{}}'"}) {
        samples.push_back({tag, with(fmt::format("  hash_tag: {}\n", tag))});
    }
    for (const char* key : {"tcpkeepalive", "preconnect", "redis", "auto_eject_hosts"}) {
        for (const char* value : {"true", "false", "yes", "no", "True", "1", "'true'"}) {
            samples.push_back(
                {fmt::format("{} {}", key, value), with(fmt::format("  {}: {}\n", key, value))});
        }
    }
    return samples;
}

std::vector<Sample> address_samples() {
    std::vector<Sample> samples;
    for (const char* listen :
         {"127.0.0.1:1", "127.0.0.1:65535", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1",
          "'127.0.0.1:'", "127.0.0.1:x", "0.0.0.0:1", "localhost:1", "'::1:21100'", "/tmp/a.sock",
          "/tmp/a.sock 0666", "/tmp/a.sock 777", "/tmp/a.sock 1777", "/tmp/a.sock 0",
          "no.such.host.invalid:1"}) {
        samples.push_back({listen, with_listen(listen)});
    }
    for (const char* servers :
         {"   - 127.0.0.1:2:1\n", "   - 127.0.0.1:2:1 name\n", "   - a.b:2:1\n", "   - '::1:2:1'\n",
          "   - /tmp/s.sock:1\n", "   - /tmp/s.sock:1 name\n", "   - 127.0.0.1:2:0\n",
          "   - 127.0.0.1:2:-1\n", "   - 127.0.0.1:2:x\n", "   - 127.0.0.1:2\n", "   - 127.0.0.1\n",
          "   - 127.0.0.1:0:1\n", "   - 127.0.0.1:70000:1\n",
          "   - 127.0.0.1:2:1 a\n   - 127.0.0.1:2:1 b\n",
          "   - 127.0.0.1:2:1 a\n   - 127.0.0.1:3:1 a\n",
          "   - 127.0.0.1:2:1\n   - 127.0.0.1:2:2\n", "   - 127.0.0.1:2:1000000 a\n"}) {
        samples.push_back({servers, with_servers(servers)});
    }
    return samples;
}

std::vector<Sample> shape_samples() {
    const std::string two = "b:\n  listen: 127.0.0.1:3\n  servers:\n   - 127.0.0.1:4:1\n";
    return {
        {"two pools", with("") + two},
        {"a pool twice", with("") + with_listen("127.0.0.1:9")},
        {"an address twice", with("") + "b:\n  listen: 127.0.0.1:1\n  servers:\n   - c:4:1\n"},
        {"comments", "# one\n" + with("  # two\n")},
        {"quoted", with("  hash: \"murmur\"\n  timeout: '400'\n")},
        {"a key twice", with("  timeout: 1\n  timeout: 2\n")},
        {"an unknown key", with("  timeouts: 1\n")},
        {"no listen", "a:\n  servers:\n   - b:1:1\n"},
        {"no servers", "a:\n  listen: 127.0.0.1:1\n"},
        {"empty servers", "a:\n  listen: 127.0.0.1:1\n  servers:\n"},
        {"servers that are no list", "a:\n  listen: 127.0.0.1:1\n  servers: b:1:1\n"},
        {"a list elsewhere", with("  hash:\n   - md5\n")},
        {"a map elsewhere", with("  hash:\n    md5: 1\n")},
        {"an empty file", ""},
        {"a list of pools", "- a\n- b\n"},
        {"redis_auth without redis", with("  redis_auth: x\n")},
        {"redis_auth before redis", with("  redis_auth: x\n  redis: true\n")},
        {"redis_db", with("  redis: true\n  redis_db: 3\n")},
        {"a tab", "a:\n\tlisten: 127.0.0.1:1\n"},
        {"two documents", with("") + "---\n" + two},
        // It counts as no mode there, so that the socket may be open to more than was meant.
        {"a mode that is not octal", with_listen("/tmp/a.sock 888"), Ours::takes_less},
        {"a pool of the reserved name",
         "ringside:\n  listen: 127.0.0.1:1\n  servers:\n   - b:2:1\n", Ours::takes_less},
        // Ours.
        {"flow style", "a: {listen: '127.0.0.1:1', servers: ['127.0.0.1:2:1']}\n",
         Ours::takes_more},
        {"the start of a document", "---\n" + with(""), Ours::takes_more},
        {"an anchor", with("  timeout: &t 1\n  server_retry_timeout: *t\n"), Ours::takes_more},
        {"units", with("  timeout: 2s\n"), Ours::takes_more},
        {"IPv6 in brackets", with_listen("'[::1]:21100'"), Ours::takes_more},
        {"nodes with IPv6 in brackets", with_servers("   - '[::1]:2:1'\n"), Ours::same},
        {"reuseport", with("  reuseport: true\n"), Ours::takes_more},
        {"the process", "ringside:\n  workers: 1\n" + with(""), Ours::takes_more},
    };
}

class SameConfiguration : public ::testing::TestWithParam<Sample> {};

TEST_P(SameConfiguration, is_taken_or_refused_as_by_nutcracker) {
    const Sample& sample = GetParam();
    TemporaryDirectory directory;
    const std::string file = directory.write("pools.yml", sample.yaml);

    const Outcome real = run({"nutcracker", "-t", "-c", file});
    const Outcome own = run({program("ringside"), "-t", "-c", file});

    switch (sample.ours) {
        case Ours::same:
            EXPECT_EQ(own.exit_code, real.exit_code) << own.errors << sample.yaml;
            break;
        case Ours::takes_more:
            EXPECT_EQ(own.exit_code, 0) << own.errors << sample.yaml;
            EXPECT_EQ(real.exit_code, 1) << sample.yaml;
            break;
        case Ours::takes_less:
            EXPECT_EQ(own.exit_code, 1) << sample.yaml;
            EXPECT_EQ(real.exit_code, 0) << sample.yaml;
            break;
    }
    if (own.exit_code != 0) {
        EXPECT_THAT(own.errors, HasSubstr(file + ":")) << "says where";
    }
}

INSTANTIATE_TEST_SUITE_P(Numbers, SameConfiguration, ::testing::ValuesIn(number_samples()));
INSTANTIATE_TEST_SUITE_P(LargeNumbers, SameConfiguration,
                         ::testing::ValuesIn(large_number_samples()));
INSTANTIATE_TEST_SUITE_P(Choices, SameConfiguration, ::testing::ValuesIn(choice_samples()));
INSTANTIATE_TEST_SUITE_P(Addresses, SameConfiguration, ::testing::ValuesIn(address_samples()));
INSTANTIATE_TEST_SUITE_P(Shapes, SameConfiguration, ::testing::ValuesIn(shape_samples()));

}  // namespace
}  // namespace ringside::testing
