#include "protocol/commands_doc.h"

#include "protocol/memcache/commands.h"
#include "protocol/redis/commands.h"
#include "support/checkout.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace ringside::protocol {
namespace {

TEST(CommandsDoc, docs_commands_md_is_up_to_date) {
    std::ostringstream file;
    file << std::ifstream(checkout::path("docs/COMMANDS.md")).rdbuf();

    const std::string markdown = commands_markdown();

    EXPECT_EQ(file.str(), markdown)
        << "regenerate: build/dev/bin/ringside --print-docs commands > docs/COMMANDS.md";
}

TEST(CommandsDoc, every_command_has_a_row_that_says_what_it_means) {
    const std::string markdown = commands_markdown();

    const auto expect_row = [&markdown](const CommandSpec& command) {
        const std::size_t row = markdown.find(fmt::format("\n| `{}` |", command.name));
        ASSERT_NE(row, std::string::npos) << command.name;
        const std::string line = markdown.substr(row + 1, markdown.find('\n', row + 1) - row);
        EXPECT_NE(line.find(command.doc), std::string::npos) << line;
    };
    for (const MemcacheRow& command : kMemcacheCommands) {
        expect_row(command);
    }
    for (const RedisRow& command : kRedisCommands) {
        if (!is_mere_container(command)) {  // its subcommands have rows instead
            expect_row(command);
        }
    }
}

}  // namespace
}  // namespace ringside::protocol
