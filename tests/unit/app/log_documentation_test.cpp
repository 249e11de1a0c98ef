#include "app/log_documentation.h"

#include "support/checkout.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace ringside::app {
namespace {

// `ringside --print-docs log > docs/LOG.md` writes it anew.
TEST(LogDocumentation, docs_LOG_md_is_what_the_table_says) {
    std::ifstream file(checkout::path("docs/LOG.md"));

    const std::string text(std::istreambuf_iterator<char>(file), {});

    EXPECT_EQ(text, log_markdown());
}

}  // namespace
}  // namespace ringside::app
