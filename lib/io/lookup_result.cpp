#include "io/lookup_result.h"

namespace ringside::io {

std::string_view to_string(LookupProblem problem) noexcept {
    switch (problem) {
        case LookupProblem::timed_out:
            return "name lookup timed out";
        case LookupProblem::not_found:
            return "no such host name";
        case LookupProblem::no_address:
            return "host name has no address";
        case LookupProblem::server_failure:
            return "name server failed";
        case LookupProblem::bad_answer:
            return "name server gave a bad answer";
        case LookupProblem::too_long_or_invalid_name:
            return "invalid host name";
    }
    return "";
}

}  // namespace ringside::io
