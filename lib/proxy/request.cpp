#include "proxy/request.h"

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

RequestHandle Requests::create() {
    const RequestHandle handle = slab_.emplace();
    slab_[handle].awaited = true;
    return handle;
}

void Requests::no_longer_awaited(RequestHandle handle) noexcept {
    Request& request = slab_[handle];
    DCHECK(request.awaited);
    request.awaited = false;
    if (!request.owed) {
        end(handle, request);
    }
}

void Requests::no_longer_owed(RequestHandle handle) noexcept {
    Request& request = slab_[handle];
    DCHECK(request.owed);
    request.owed = false;
    if (!request.awaited) {
        end(handle, request);
    }
}

void Requests::end(RequestHandle handle, Request& request) noexcept {
    buffers_.take_back(request.reply);
    buffers_.take_back(request.expectation);
    clear_list(request.parts);
    clear_list(request.owners);
    request.session = {};
    request.parent = {};
    request.command = nullptr;
    request.answered = request.failed = request.no_reply = request.expired = false;
    request.dialect = protocol::Dialect::standard;
    request.deadline = base::kNever;
    request.begun_bytes = 0;
    request.wire_bytes = request.expectation_bytes = request.parts_left = 0;
    slab_.erase(handle);
}

}  // namespace ringside::proxy
