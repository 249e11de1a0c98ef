#include "protocol/commands_doc.h"

#include "protocol/codec.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace ringside::protocol {
namespace {

TEST(CommandsDoc, docs_commands_md_is_up_to_date) {
    std::ostringstream file;
    file << std::ifstream(RINGSIDE_SOURCE_DIR "/docs/COMMANDS.md").rdbuf();

    const std::string markdown = commands_markdown();

    EXPECT_EQ(file.str(), markdown)
        << "regenerate: build/dev/bin/ringside --print-docs commands > docs/COMMANDS.md";
}

TEST(CommandsDoc, every_command_has_a_row_that_says_what_it_means) {
    const std::string markdown = commands_markdown();

    for (const Codec* codec : {&memcache_codec(), &redis_codec()}) {
        for (const CommandSpec& command : codec->commands()) {
            if (command.has_subcommands && command.words_min > 1) {
                continue;  // its subcommands have rows instead
            }
            const std::size_t row = markdown.find(fmt::format("\n| `{}` |", command.name));
            ASSERT_NE(row, std::string::npos) << command.name;
            const std::string line = markdown.substr(row + 1, markdown.find('\n', row + 1) - row);
            EXPECT_NE(line.find(command.doc), std::string::npos) << line;
        }
    }
}

}  // namespace
}  // namespace ringside::protocol
