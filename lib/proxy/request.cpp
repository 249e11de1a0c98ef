#include "proxy/request.h"

#include <algorithm>

namespace ringside::proxy {
namespace {

// The slot keeps the list for its next tenant, unless one large request has blown it up.
template <typename Element>
void clear_list(std::vector<Element>& list) noexcept {
    constexpr std::size_t kKeptMax = 256;
    if (list.capacity() > kKeptMax) {
        list = std::vector<Element>();
    } else {
        list.clear();
    }
}

}  // namespace

void Requests::limit_deadlines(const PoolRuntime& pool, base::TimePoint limit) noexcept {
    slab_.for_each([&pool, limit](RequestHandle, Request& request) {
        if (request.pool == &pool) {
            request.deadline = std::min(request.deadline, limit);
        }
    });
}

bool Requests::has_any_of(const PoolRuntime& pool) noexcept {
    bool found = false;
    slab_.for_each([&pool, &found](RequestHandle, const Request& request) {
        found = found || request.pool == &pool;
    });
    return found;
}

void Requests::end(RequestHandle handle, Request& request) noexcept {
    for (const RequestHandle part : request.parts) {
        end(part, slab_[part]);
    }
    request.become(RequestPhase::free);
    buffers_.take_back(request.reply);
    buffers_.take_back(request.keep);
    buffers_.take_back(request.expectation);
    clear_list(request.parts);
    clear_list(request.owners);
    slab_.erase(handle);
}

}  // namespace ringside::proxy
