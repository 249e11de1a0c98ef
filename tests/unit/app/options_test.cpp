#include "app/options.h"

#include "config/schema.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::app {
namespace {

const char* no_environment(const char*) {
    return nullptr;
}

base::Expected<Options> parse(std::vector<std::string> words,
                              ReadEnvironment environment = no_environment) {
    std::vector<char*> argv;
    words.insert(words.begin(), "ringside");
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    const int argc = static_cast<int>(argv.size());
    argv.push_back(nullptr);
    return parse_options(argc, argv.data(), environment);
}

std::string error_of(std::vector<std::string> words, ReadEnvironment environment = no_environment) {
    const auto options = parse(std::move(words), environment);
    return options ? "parsed" : options.error().message;
}

TEST(Options, without_any_it_runs_with_the_defaults) {
    const auto options = parse({});

    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->action, Action::run);
    EXPECT_EQ(options->conf_file, "/etc/ringside/ringside.yml");
    EXPECT_EQ(options->log_level, base::LogLevel::info);
    EXPECT_EQ(options->log_file, "");
    EXPECT_FALSE(options->workers);
    EXPECT_FALSE(options->admin);
}

TEST(Options, have_short_and_long_forms) {
    const auto brief = parse({"-c", "a.yml", "-o", "log", "-v7", "-t"});
    const auto spelled =
        parse({"--conf-file=a.yml", "--output", "log", "--verbose=7", "--test-conf"});

    for (const auto* options : {&brief, &spelled}) {
        ASSERT_TRUE(*options) << options->error().message;
        EXPECT_EQ((*options)->action, Action::test_config);
        EXPECT_EQ((*options)->conf_file, "a.yml");
        EXPECT_EQ((*options)->log_file, "log");
        EXPECT_EQ((*options)->log_level, base::LogLevel::debug);
    }
}

TEST(Options, long_forms_may_be_abbreviated) {
    EXPECT_EQ(parse({"--conf", "a.yml"})->conf_file, "a.yml");
    EXPECT_EQ(parse({"--w", "3"})->workers, 3U);
}

TEST(Options, verbosity_of_nutcracker_is_mapped_to_levels) {
    const auto level = [](const std::string& verbosity) {
        return parse({"-v", verbosity})->log_level;
    };

    EXPECT_EQ(level("0"), base::LogLevel::error);
    EXPECT_EQ(level("3"), base::LogLevel::error);
    EXPECT_EQ(level("4"), base::LogLevel::warn);
    EXPECT_EQ(level("5"), base::LogLevel::info);
    EXPECT_EQ(level("6"), base::LogLevel::info);
    EXPECT_EQ(level("7"), base::LogLevel::debug);
    EXPECT_EQ(level("11"), base::LogLevel::debug);
}

TEST(Options, of_several_actions_help_wins_over_version_over_test) {
    EXPECT_EQ(parse({"-h", "-V", "-t"})->action, Action::help);
    EXPECT_EQ(parse({"-t", "-V"})->action, Action::version);
    EXPECT_EQ(parse({"-t"})->action, Action::test_config);
}

TEST(Options, print_docs_takes_a_topic) {
    const auto options = parse({"--print-docs", "config"});

    EXPECT_EQ(options->action, Action::print_docs);
    EXPECT_EQ(options->docs_topic, "config");
}

TEST(Options, come_from_the_environment_too_and_the_command_line_wins) {
    const ReadEnvironment environment = [](const char* name) -> const char* {
        const std::string_view variable = name;
        if (variable == "RINGSIDE_WORKERS") {
            return "4";
        }
        if (variable == "RINGSIDE_ADMIN") {
            return "127.0.0.1:9";
        }
        return variable == "RINGSIDE_CONF_FILE" ? "env.yml" : nullptr;
    };

    const auto options = parse({"--workers", "auto"}, environment);

    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->workers, 0U);
    EXPECT_EQ(options->conf_file, "env.yml");
    EXPECT_EQ(options->admin->address, (routing::Address{"127.0.0.1", 9}));
}

TEST(Options, an_empty_variable_counts_as_not_set) {
    const auto options = parse({}, [](const char*) -> const char* { return ""; });

    ASSERT_TRUE(options) << options.error().message;
    EXPECT_FALSE(options->workers);
}

TEST(Options, wrong_values_are_refused_with_the_option_and_the_rule) {
    EXPECT_EQ(error_of({"-v", "12"}), "option -v: '12' is not a number from 0 to 11");
    EXPECT_EQ(error_of({"--verbose", "x"}), "option --verbose: 'x' is not a number from 0 to 11");
    EXPECT_EQ(error_of({"--workers", "65"}),
              "option --workers: \"65\" is out of range 1..64 or auto");
    EXPECT_EQ(error_of({"--admin", "a:0"}), "option --admin: port 0 is out of range 1..65535");
    EXPECT_EQ(error_of({"-s", "0"}), "option -s: '0' is not a number from 1 to 65535");
    EXPECT_EQ(error_of({"-a", "a b"}), "option -a: \"a b\" is not a host name or an IP address");
    EXPECT_EQ(error_of({}, [](const char*) -> const char* { return "many"; }),
              "variable RINGSIDE_VERBOSE: 'many' is not a number from 0 to 11");
}

TEST(Options, unknown_options_and_other_words_are_refused) {
    EXPECT_EQ(error_of({"-x"}), "option -x: is unknown; see --help");
    EXPECT_EQ(error_of({"-\xff"}), "option -?: is unknown; see --help");
    EXPECT_EQ(error_of({"--nope"}), "option --nope: is unknown or ambiguous; see --help");
    EXPECT_EQ(error_of({"--ver"}), "option --ver: is unknown or ambiguous; see --help");
    EXPECT_EQ(error_of({"--help=1"}), "option --help: takes no argument");
    EXPECT_EQ(error_of({"a.yml"}), "'a.yml' is not an option; see --help");
    EXPECT_EQ(error_of({"-t", "--", "x"}), "'x' is not an option; see --help");
}

TEST(Options, a_missing_argument_is_named) {
    EXPECT_EQ(error_of({"-c"}), "option -c: needs FILE");
    EXPECT_EQ(error_of({"--workers"}), "option --workers: needs N");
}

TEST(Options, override_what_the_file_says) {
    config::ProcessConfig process;
    process.workers = 8;

    apply_overrides(*parse({"--workers", "2", "--admin", "/run/admin.sock"}), process);

    EXPECT_EQ(process.workers, 2U);
    EXPECT_EQ(process.admin.address.host, "/run/admin.sock");
    EXPECT_FALSE(process.admin_is_default);
}

TEST(Options, of_the_statistics_replace_host_and_port_by_themselves) {
    const auto stats_of = [](std::vector<std::string> words, std::string_view file) {
        config::ProcessConfig process;
        if (!file.empty()) {
            EXPECT_TRUE(config::set_process_key(process, "stats", file));
        }
        apply_overrides(*parse(std::move(words)), process);
        EXPECT_FALSE(process.stats_is_default);
        return to_string(process.stats->address);
    };

    EXPECT_EQ(stats_of({"-s", "1"}, ""), "0.0.0.0:1");
    EXPECT_EQ(stats_of({"-a", "127.0.0.1"}, ""), "127.0.0.1:22222");
    EXPECT_EQ(stats_of({"-a", "::1", "--stats-port", "2"}, "10.0.0.1:3"), "[::1]:2");
    EXPECT_EQ(stats_of({"-s", "1"}, "10.0.0.1:3"), "10.0.0.1:1");
    EXPECT_EQ(stats_of({"-a", "10.0.0.2"}, "10.0.0.1:3"), "10.0.0.2:3");
    EXPECT_EQ(stats_of({"-a", "/run/stats.sock", "-s", "1"}, ""), "/run/stats.sock");
    EXPECT_EQ(stats_of({"-s", "1"}, "/run/stats.sock"), "0.0.0.0:1");
    EXPECT_EQ(stats_of({"-s", "1"}, "off"), "0.0.0.0:1");
}

TEST(Options, that_are_not_given_leave_the_file_alone) {
    config::ProcessConfig process;
    process.workers = 8;

    apply_overrides(*parse({}), process);

    EXPECT_EQ(process.workers, 8U);
    EXPECT_TRUE(process.admin_is_default);
    EXPECT_TRUE(process.stats_is_default);
    EXPECT_EQ(to_string(process.stats->address), "0.0.0.0:22222");
}

TEST(Options, help_names_every_option_its_default_and_its_variable) {
    const std::string text = help_text();

    for (const char* part :
         {"-h, --help", "-V, --version", "-t, --test-conf", "-c, --conf-file FILE",
          "(/etc/ringside/ringside.yml)", "-v, --verbose N", "-o, --output FILE", "--workers N",
          "RINGSIDE_WORKERS", "--admin ADDRESS", "--print-docs TOPIC"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
    }
}

}  // namespace
}  // namespace ringside::app
