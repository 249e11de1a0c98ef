// What a caller tells a route beside its path: in the query, or as the members of a JSON body.
//
// Nothing of it is ever ignored: a misspelt "?fro=60s" must not become an ejection without end.
// What is allowed, the route's rows say. Pure.
#pragma once

#include "admin/routes.h"
#include "base/expected.h"
#include "http/message.h"

#include <span>
#include <string_view>
#include <vector>

namespace ringside::admin {

// The query, then the members of the body: {"for": "60s", "force": true} is for=60s&force=true.
// The error is a body that cannot be understood so. Requires: of a body, Content-Type was judged.
base::Expected<std::vector<http::QueryParameter>> parameters_of(const http::Request& request);

// The error names a parameter that no row knows, that is repeated or that lacks its value.
base::Status judge_parameters(std::span<const QueryRow> rows,
                              std::span<const http::QueryParameter> given);

// That of a row whose value is "true|false"; false if it is not given. The error says what it
// takes.
base::Expected<bool> flag_of(const http::Request& request, std::string_view name);

}  // namespace ringside::admin
