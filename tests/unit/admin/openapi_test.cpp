// What only the table knows; that it is valid OpenAPI, tests/integration/openapi_test.cpp asks a
// validator.
#include "admin/routes.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>
#include <string>

namespace ringside::admin {
namespace {

using Json = nlohmann::json;

Json document() {
    return Json::parse(openapi_json("1.2.3"));
}

const Json& parameter_of(const Json& operation, std::string_view name) {
    for (const Json& parameter : operation.at("parameters")) {
        if (parameter.at("name") == name) {
            return parameter;
        }
    }
    throw std::runtime_error("no parameter " + std::string(name));
}

TEST(OpenApi, has_an_operation_for_each_row_of_the_table) {
    const Json root = document();
    std::set<std::string> ids;
    std::size_t operations = 0;
    for (const auto& [path, methods] : root.at("paths").items()) {
        operations += methods.size();
    }
    for (const Route& route : routes()) {
        const Json& operation = root.at("paths")
                                    .at(std::string(route.path))
                                    .at(route.method == http::Method::get ? "get" : "post");
        ids.insert(operation.at("operationId"));
        EXPECT_EQ(operation.at("description"), route.help);
        EXPECT_TRUE(operation.at("responses").contains(std::to_string(route.answer.status)));
        EXPECT_EQ(operation.contains("requestBody"), route.method == http::Method::post);
    }
    EXPECT_EQ(operations, routes().size());
    EXPECT_EQ(ids.size(), routes().size()) << "each has a name of its own";
    EXPECT_EQ(root.at("info").at("version"), "1.2.3");
}

TEST(OpenApi, parameters_are_told_as_they_are_judged) {
    const Json root = document();
    const Json& paths = root.at("paths");
    const Json& eject = paths.at("/pools/{pool}/nodes/{node}/eject").at("post");
    const Json& body = eject.at("requestBody").at("content").at("application/json").at("schema");

    EXPECT_EQ(parameter_of(eject, "node").at("in"), "path");
    EXPECT_EQ(parameter_of(eject, "force").at("schema").at("type"), "boolean");
    EXPECT_EQ(parameter_of(eject, "for").at("required"), false);
    EXPECT_EQ(body.at("additionalProperties"), false);
    EXPECT_TRUE(body.at("properties").contains("for"));
    EXPECT_EQ(parameter_of(paths.at("/healthz").at("get"), "fail").at("schema").at("enum"),
              Json({"degraded", "down"}));
    EXPECT_EQ(parameter_of(paths.at("/healthz").at("get"), "verbose").at("allowEmptyValue"), true);
    EXPECT_EQ(parameter_of(paths.at("/pools/{pool}/locate").at("get"), "key").at("required"), true);
    EXPECT_EQ(
        parameter_of(paths.at("/pools/{pool}/what-if").at("get"), "add").at("schema").at("type"),
        "array");
}

}  // namespace
}  // namespace ringside::admin
