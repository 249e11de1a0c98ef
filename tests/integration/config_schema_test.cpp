// The JSON Schema of the configuration, held against what the program takes.
#include "integration/support/process.h"
#include "support/checkout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace ringside::testing {
namespace {

TEST(ConfigSchema, takes_and_refuses_what_the_program_does) {
    std::vector<std::string> command{"node", checkout::path("tests/openapi/config_schema.mjs"),
                                     program("ringside")};
    for (const auto& file : std::filesystem::directory_iterator(checkout::path("tests/examples"))) {
        command.push_back(file.path().string());
    }

    const Outcome outcome = run(command);

    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_GE(std::atoi(outcome.output.c_str()), 18);
}

}  // namespace
}  // namespace ringside::testing
