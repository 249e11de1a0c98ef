// What only the table knows; that answers are so, tests/openapi/answers.mjs asks a running proxy.
#include "admin/answer_shapes.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace ringside::admin {
namespace {

TEST(AnswerShapes, each_answer_in_json_has_a_shape_and_each_shape_has_members) {
    std::set<std::string> names;
    for (const AnswerShape& shape : answer_shapes()) {
        EXPECT_TRUE(names.emplace(shape.name).second) << shape.name;
        EXPECT_FALSE(shape.members.empty()) << shape.name;
    }
    for (const Route& route : routes()) {
        const bool is_json = route.answer.types.starts_with("application/json");
        EXPECT_EQ(!answer_shape_of(route).empty(), is_json) << route.path;
    }
}

}  // namespace
}  // namespace ringside::admin
