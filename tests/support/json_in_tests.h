// What most tests do with JSON, so that clang instantiates it once, in the precompiled header, and
// not in each file. Nobody calls or includes this.
#pragma once

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace ringside::precompiled {

inline void use_json(const std::string& text, nlohmann::json& a) {
    a = nlohmann::json::parse(text);
    a = nlohmann::json::parse(text, nullptr, false);
    a = {{"number", 1}, {"literal", "x"}, {"text", text}, {"list", {1, 2}}};
    EXPECT_TRUE(a.contains("x")) << a.dump(2);
    EXPECT_EQ(a, a);
    EXPECT_EQ(a, nullptr);
    EXPECT_EQ(a, true);
    EXPECT_EQ(a, "x");
    EXPECT_EQ(a, text);
    EXPECT_EQ(a, 1U);
    EXPECT_EQ(a, 1);
    EXPECT_NE(a, 1);
    EXPECT_NE(a, "x");
    EXPECT_LT(a, 1);
    EXPECT_LE(a, 1);
    EXPECT_GT(a, 1);
    EXPECT_GE(a, 1);
    EXPECT_EQ(a.at("x").get<std::string>(), a.value("x", ""));
    EXPECT_EQ(a["x"].get<int>(), a.value("x", 1));
    EXPECT_EQ(a["x"].get<std::uint64_t>(), 1U);
    EXPECT_EQ(a["x"].get<double>(), 1.0);
    EXPECT_EQ(a["x"].get<bool>(), true);
    for (const auto& [name, value] : a.items()) {
        EXPECT_EQ(name, value);
    }
    for (const auto& value : a) {
        EXPECT_EQ(value["x"], text);
    }
}

}  // namespace ringside::precompiled
