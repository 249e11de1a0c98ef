#include "config/schema_doc.h"

#include "config/load.h"
#include "support/checkout.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace ringside::config {
namespace {

TEST(SchemaDoc, docs_config_md_is_up_to_date) {
    std::ostringstream file;
    file << std::ifstream(checkout::path("docs/CONFIG.md")).rdbuf();

    const std::string markdown = config_markdown();

    EXPECT_EQ(file.str(), markdown)
        << "regenerate: build/dev/bin/ringside --print-docs config > docs/CONFIG.md";
}

TEST(SchemaDoc, the_example_in_the_document_loads) {
    const std::string markdown = config_markdown();
    const std::size_t begin = markdown.find("```yaml\n") + 8;

    const auto config =
        load_text(markdown.substr(begin, markdown.find("```\n", begin) - begin), "docs/CONFIG.md");

    EXPECT_TRUE(config) << config.error().message;
}

}  // namespace
}  // namespace ringside::config
