#include "inject/merge.h"

#include "unit/inject/pods.h"

#include <gtest/gtest.h>

namespace ringside::inject {
namespace {

TEST(Merge, maps_are_merged_and_the_rest_is_replaced) {
    const Json base = yaml("{a: {x: 1, y: [1, 2]}, b: 1, c: {d: 1}}");

    EXPECT_EQ(merged(base, yaml("{a: {y: [3]}, c: 2, e: {f: 1}}")),
              yaml("{a: {x: 1, y: [3]}, b: 1, c: 2, e: {f: 1}}"));
    EXPECT_EQ(merged(base, Json::object()), base);
}

}  // namespace
}  // namespace ringside::inject
