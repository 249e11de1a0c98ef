// The members of the JSON that routes answer, for GET /openapi.json: names and types. What they
// mean stands in docs/ADMIN_API.md. Of /stats those that are pools are left out.
//
// A test holds each row against what a running proxy answers.
#pragma once

#include "admin/routes.h"

#include <span>
#include <string_view>

namespace ringside::admin {

// "string", "integer", "number", "boolean", "object", "null", the name of a shape; "[]" behind it:
// a list of them; several with "|" between them: one of these.
using ShapeText = std::string_view;

struct ShapeMember {
    std::string_view name;
    ShapeText type;
};

// An object that has these members, and need not have those whose name ends in '?'.
struct AnswerShape {
    std::string_view name;
    std::span<const ShapeMember> members;
};
std::span<const AnswerShape> answer_shapes() noexcept;

// Of the route's answer; empty: it is not JSON.
ShapeText answer_shape_of(const Route& route) noexcept;

}  // namespace ringside::admin
