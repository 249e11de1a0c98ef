#include "app/options.h"

#include "config/load.h"
#include "config/schema.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::app {
namespace {

const char* no_environment(const char*) {
    return nullptr;
}

base::Expected<Options> parse_as(std::string_view program, std::vector<std::string> words,
                                 ReadEnvironment environment = no_environment) {
    std::vector<char*> argv;
    words.insert(words.begin(), std::string(program));
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    const int argc = static_cast<int>(argv.size());
    argv.push_back(nullptr);
    return parse_options(argc, argv.data(), environment);
}

base::Expected<Options> parse(std::vector<std::string> words,
                              ReadEnvironment environment = no_environment) {
    return parse_as("ringside", std::move(words), environment);
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
    EXPECT_EQ(options->verbosity, 5U);
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
        EXPECT_EQ((*options)->verbosity, 7U);
    }
}

TEST(Options, long_forms_may_be_abbreviated) {
    EXPECT_EQ(parse({"--conf", "a.yml"})->conf_file, "a.yml");
    EXPECT_EQ(parse({"--work", "3"})->workers, 3U);
    // Ours that begin like one of nutcracker's leave it its abbreviations.
    EXPECT_EQ(parse({"--p", "pid"})->pid_file, "pid");
}

TEST(Options, what_is_to_be_told_goes_before_the_test_of_the_file) {
    EXPECT_EQ(parse({"-t"})->action, Action::test_config);
    for (const auto& words : {std::vector<std::string>{"-t", "-V"}, {"-h", "-t"}, {"-tD"}}) {
        EXPECT_EQ(parse(words)->action, Action::tell);
    }
}

TEST(Options, of_version_help_and_statistics_all_that_are_asked_for_are_told) {
    const auto one = parse({"-D"});
    const auto all = parse({"-D", "-h", "-V"});

    EXPECT_TRUE(one->told.stats);
    EXPECT_FALSE(one->told.version || one->told.help);
    EXPECT_TRUE(all->told.version && all->told.help && all->told.stats);
}

TEST(Options, of_nutcracker_are_all_known_with_their_meaning) {
    const auto options = parse({"-d", "-p", "pid", "-i", "0", "-m", "512", "-s", "1", "-a", "::1"});

    ASSERT_TRUE(options) << options.error().message;
    EXPECT_TRUE(options->daemonize);
    EXPECT_EQ(options->pid_file, "pid");
    EXPECT_EQ(options->stats_interval_ms, 0U);
    EXPECT_EQ(options->mbuf_bytes, 512U);
    EXPECT_EQ(options->stats_port, 1);
    EXPECT_EQ(options->stats_addr, "::1");
    EXPECT_EQ(parse({"-v", "12"})->verbosity, 11U);
    EXPECT_EQ(parse({"-v", "4294967296"})->verbosity, 11U);
}

TEST(Options, under_the_name_nutcracker_other_words_are_ignored) {
    const auto options = parse_as("/usr/sbin/nutcracker", {"word", "-c", "a.yml", "--", "-x"});

    ASSERT_TRUE(options) << options.error().message;
    EXPECT_TRUE(options->as_nutcracker);
    EXPECT_EQ(options->program, "nutcracker");
    EXPECT_EQ(options->conf_file, "a.yml");
}

TEST(Options, know_who_has_set_each_value) {
    const ReadEnvironment environment = [](const char* name) -> const char* {
        return std::string_view(name) == "RINGSIDE_PID_FILE" ? "pid" : nullptr;
    };
    const auto options = parse({"-c", "a.yml", "--conf-file", "b.yml"}, environment);

    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->find_value("conf-file")->text, "b.yml");
    EXPECT_EQ(options->find_value("conf-file")->source, "option --conf-file");
    EXPECT_EQ(options->find_value("pid-file")->source, "variable RINGSIDE_PID_FILE");
    EXPECT_EQ(options->find_value("verbose")->source, kSourceDefault);
    EXPECT_EQ(options->find_value("output"), nullptr);
}

TEST(Options, that_go_before_the_file_are_named_as_the_source) {
    auto config = config::load_text("a: {listen: 127.0.0.1:1, servers: [b:1:1]}\n", "f.yml");
    ASSERT_TRUE(config);

    apply_overrides(*parse({"-s", "5", "--log-format", "json"}), *config);

    const auto setting = [&config](std::string_view path) {
        const auto found = std::find_if(config->explanation.begin(), config->explanation.end(),
                                        [path](const auto& each) { return each.path == path; });
        return found->value + " by " + found->source;
    };
    EXPECT_EQ(setting("ringside.stats"), "0.0.0.0:5 by option -s");
    EXPECT_EQ(setting("ringside.log_format"), "json by option --log-format");
    EXPECT_EQ(setting("ringside.workers"), "auto by default");
    EXPECT_EQ(config->process.log_format, base::LogFormat::json);
}

TEST(Options, a_service_link_of_kubernetes_is_no_value) {
    const ReadEnvironment environment = [](const char* name) -> const char* {
        return std::string_view(name) == "RINGSIDE_STATS_PORT" ? "tcp://10.0.0.1:22222" : nullptr;
    };

    const auto options = parse({}, environment);

    ASSERT_TRUE(options) << options.error().message;
    EXPECT_FALSE(options->stats_port);
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

// RINGSIDE_DAEMONIZE with this value.
template <char kFirst>
const char* daemonize(const char* name) {
    static constexpr char kValue[] = {kFirst, '\0'};
    return std::string_view(name) == "RINGSIDE_DAEMONIZE" ? kValue : nullptr;
}

TEST(Options, the_variable_of_a_switch_says_whether_it_is_on) {
    EXPECT_TRUE(parse({}, daemonize<'1'>)->daemonize);
    EXPECT_FALSE(parse({}, daemonize<'0'>)->daemonize);
    EXPECT_EQ(error_of({}, daemonize<'y'>),
              "variable RINGSIDE_DAEMONIZE: 'y' is not one of 1, true, 0, false");
}

TEST(Options, an_empty_variable_counts_as_not_set) {
    const auto options = parse({}, [](const char*) -> const char* { return ""; });

    ASSERT_TRUE(options) << options.error().message;
    EXPECT_FALSE(options->workers);
}

TEST(Options, wrong_values_are_refused_with_the_option_and_the_rule) {
    EXPECT_EQ(error_of({"--verbose", "x"}),
              "option --verbose: 'x' is not a number from 0 to 18446744073709551615");
    EXPECT_EQ(error_of({"--workers", "65"}),
              "option --workers: \"65\" is out of range 1..64 or auto");
    EXPECT_EQ(error_of({"--admin", "a:0"}), "option --admin: port 0 is out of range 1..65535");
    EXPECT_EQ(error_of({"-s", "0"}), "option -s: '0' is not a number from 1 to 65535");
    EXPECT_EQ(error_of({"-m", "511"}), "option -m: '511' is not a number from 512 to 16777216");
    EXPECT_EQ(error_of({"-i", "x"}),
              "option -i: 'x' is not a number from 0 to 18446744073709551615");
    EXPECT_EQ(error_of({"--log-format", "xml"}),
              "option --log-format: \"xml\" is not one of text, json");
    EXPECT_EQ(error_of({"-a", "a b"}), "option -a: \"a b\" is not a host name or an IP address");
    EXPECT_EQ(error_of({},
                       [](const char* name) -> const char* {
                           return std::string_view(name) == "RINGSIDE_VERBOSE" ? "many" : nullptr;
                       }),
              "variable RINGSIDE_VERBOSE: 'many' is not a number from 0 to 18446744073709551615");
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
    config::Config config;
    config::ProcessConfig& process = config.process;
    process.workers = 8;

    apply_overrides(*parse({"--workers", "2", "--admin", "/run/admin.sock"}), config);

    EXPECT_EQ(process.workers, 2U);
    EXPECT_EQ(process.admin.address.host, "/run/admin.sock");
    EXPECT_FALSE(process.admin_is_default);
}

TEST(Options, strictness_is_a_default_that_a_key_of_the_pool_wins_over) {
    config::Config config;
    config.pools.resize(2);
    config.pools[0].name = "silent";
    config.pools[1].name = "explicit";
    config.explanation = {
        {.path = "silent.strict_twemproxy", .value = "false", .source = "default"},
        {.path = "explicit.strict_twemproxy", .value = "false", .source = "a.yml:3"}};

    apply_overrides(*parse({"--strict-twemproxy", "1"}), config);

    EXPECT_TRUE(config.pools[0].policy.strict_twemproxy);
    EXPECT_FALSE(config.pools[1].policy.strict_twemproxy);
    EXPECT_EQ(config.explanation[0].value, "true");
    EXPECT_EQ(config.explanation[0].source, "option --strict-twemproxy");
    EXPECT_EQ(error_of({"--strict-twemproxy", "yes"}),
              "option --strict-twemproxy: 'yes' is not one of 1, true, 0, false");
}

TEST(Options, of_the_statistics_replace_host_and_port_by_themselves) {
    const auto stats_of = [](std::vector<std::string> words, std::string_view file) {
        config::Config config;
        if (!file.empty()) {
            EXPECT_TRUE(config::set_process_key(config.process, "stats", file));
        }
        apply_overrides(*parse(std::move(words)), config);
        EXPECT_FALSE(config.process.stats_is_default);
        return to_string(config.process.stats->address);
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
    config::Config config;
    config::ProcessConfig& process = config.process;
    process.workers = 8;

    apply_overrides(*parse({}), config);

    EXPECT_EQ(process.workers, 8U);
    EXPECT_TRUE(process.admin_is_default);
    EXPECT_TRUE(process.stats_is_default);
    EXPECT_EQ(to_string(process.stats->address), "0.0.0.0:22222");
}

TEST(Options, help_names_every_option_its_default_and_its_variable) {
    const std::string text = help_text(*parse({}));

    for (const char* part :
         {"-h, --help", "-V, --version", "-t, --test-conf", "-c, --conf-file FILE",
          "(/etc/ringside/ringside.yml)", "-v, --verbose N", "-o, --output FILE", "--workers N",
          "RINGSIDE_WORKERS", "--admin ADDRESS", "--print-docs TOPIC"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
    }
}

}  // namespace
}  // namespace ringside::app
