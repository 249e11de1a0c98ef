#include "metrics/request_counts.h"

namespace ringside::metrics {

std::string_view to_string(RequestKind kind) noexcept {
    switch (kind) {
        case RequestKind::read:
            return "read";
        case RequestKind::write:
            return "write";
        case RequestKind::remove:
            return "delete";
        case RequestKind::other:
            return "other";
        case RequestKind::count_:
            return {};
    }
    return {};
}

std::string_view to_string(RequestEnding ending) noexcept {
    switch (ending) {
        case RequestEnding::ok:
            return "ok";
        case RequestEnding::hit:
            return "hit";
        case RequestEnding::miss:
            return "miss";
        case RequestEnding::node_error:
            return "node_error";
        case RequestEnding::proxy_error:
            return "proxy_error";
        case RequestEnding::timed_out:
            return "timed_out";
        case RequestEnding::rejected:
            return "rejected";
        case RequestEnding::abandoned:
            return "abandoned";
        case RequestEnding::count_:
            return {};
    }
    return {};
}

}  // namespace ringside::metrics
