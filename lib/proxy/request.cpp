#include "proxy/request.h"

#include "base/limits.h"

namespace ringside::proxy {
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
    recycle(request.reply);
    recycle(request.expectation);
    request.parts.clear();
    request.owners.clear();
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

// The slot keeps a small buffer for its next tenant; a larger one goes back to those who need it.
void Requests::recycle(base::ByteBuffer& buffer) noexcept {
    buffer.clear();
    if (buffer.capacity() > base::kIdleBufferBytesMax) {
        buffers_.take_back(buffer);
    }
}

}  // namespace ringside::proxy
