// The routes of the admin API as one table: what is answered, what docs/ADMIN_API.md says, and what
// the tests go through.
//
// A handler is a function of what the process knows, the request and the time; it needs no socket.
#pragma once

#include "admin/audit.h"
#include "admin/context.h"
#include "base/moment.h"
#include "http/message.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ringside::admin {

using base::Moment;  // when a request is answered

// The decoded placeholders of a path; each has its row in routes.cpp.
struct PathArguments {
    std::string pool;
    std::string node;   // a ring name
    std::string check;  // of those that make it ready
};

// What a handler gets to see. Nothing of it outlives the call.
struct Call {
    const AdminContext& context;
    const AdminCounters& counters;
    const PathArguments& arguments;
    const http::Request& request;
    const Moment& moment;
};

struct QueryRow {
    std::string_view name;
    std::string_view value;  // its form, for the documentation; empty: a switch
    std::string_view help;
    bool may_be_empty = false;  // the value
    bool may_repeat = false;
    bool is_required = false;
};

// How a route answers when all is well, for those who read openapi.json.
struct AnswerForm {
    std::string_view types = "application/json";  // several: the caller's Accept decides
    unsigned status = 200;
    bool is_tagged = false;  // with an ETag; 304 to whoever has it already
    bool is_public = false;  // tells nothing of the process: also to who shows no token
};

// What the body of a POST is.
enum class BodyForm : std::uint8_t {
    parameters,  // those of the query, as an object: kParametersBytesMax
    keys,        // a list of strings, which is the handler's to read: kKeysBytesMax
};
inline constexpr std::size_t kParametersBytesMax = std::size_t{4} << 10;
inline constexpr std::size_t kKeysBytesMax = std::size_t{64} << 10;

struct Route {
    http::Method method;
    std::string_view path;  // "{pool}" and its like stand for one segment each
    AdminScope scope;       // the narrowest listener that offers it
    http::Response (*handler)(const Call&);
    std::span<const QueryRow> query;  // of a POST also as members of a JSON body
    std::string_view help;
    AnswerForm answer = {};
    BodyForm body = BodyForm::parameters;
};

std::span<const Route> routes() noexcept;

// The placeholders' values if `path`, as it was sent, has the form of `pattern`.
std::optional<PathArguments> match_path(std::string_view pattern, std::string_view path);

// The side that answers: a listener's context, scope and counters.
struct AdminSite {
    AdminContext context;
    AdminScope scope = AdminScope::everything;
    AdminCounters counters;
    Audit audit = {};     // of changes
    Audit refusals = {};  // of those that have not shown the token
};

// Finds the route and calls its handler; every failure is an answer too (400, 401, 403, 404, 405,
// 415, 421). Counts into `site`. What changes something is logged, unless its answer is for later.
http::Response answer(AdminSite& site, const http::Request& request, const Moment& moment);

// The log's line about a change that has been answered, if it was one.
void log_change(AdminSite& site, const http::Request& request, const http::Response& response,
                base::TimePoint now);

// docs/ADMIN_API.md, from the table.
std::string admin_markdown();

// GET /openapi.json, from the table: OpenAPI 3.1. `version`: of the program.
std::string openapi_json(std::string_view version);

}  // namespace ringside::admin
