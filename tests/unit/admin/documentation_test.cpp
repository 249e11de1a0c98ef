#include "admin/routes.h"
#include "support/checkout.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace ringside::admin {
namespace {

// `ringside --print-docs admin > docs/ADMIN_API.md` writes it anew.
TEST(AdminDocumentation, docs_ADMIN_API_md_is_what_the_route_table_says) {
    std::ifstream file(checkout::path("docs/ADMIN_API.md"));

    const std::string text(std::istreambuf_iterator<char>(file), {});

    EXPECT_EQ(text, admin_markdown());
}

}  // namespace
}  // namespace ringside::admin
