#include "app/documents.h"

#include <gtest/gtest.h>

namespace ringside::app {
namespace {

TEST(Documents, prints_each_topic_as_markdown) {
    for (const char* topic : {"admin", "commands", "config", "metrics"}) {
        const auto document = print_document(topic);

        ASSERT_TRUE(document) << topic;
        EXPECT_EQ(document->substr(0, 2), "# ") << topic;
    }
}

TEST(Documents, an_unknown_topic_lists_those_that_exist) {
    const auto document = print_document("weather");

    ASSERT_FALSE(document);
    EXPECT_EQ(
        document.error().message,
        "no document about 'weather': there are admin, commands, config, log, man, man-config, "
        "metrics, schema");
}

}  // namespace
}  // namespace ringside::app
