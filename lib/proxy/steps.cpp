#include "proxy/steps.h"

#include "base/limits.h"
#include "proxy/pool_runtime.h"

namespace ringside::proxy {

void Steps::run() {
    for (std::size_t i = 0; i < state_.due_steps.size(); ++i) {
        const RequestHandle handle = state_.due_steps[i];
        if (Request* request = state_.requests.find(handle)) {  // else its client has left
            begin(handle, *request);
        }
    }
    state_.due_steps.clear();
    wire_.clear();
    state_.buffers.take_back(wire_);
}

void Steps::begin(RequestHandle handle, Request& request) {
    ++request.at;
    const Step& step = request.step();
    const std::string_view kept = request.keep.view();
    const std::string_view key = request.key.of(kept);
    wire_.clear();
    state_.buffers.lend(wire_, kept.size());
    step.ask({.request = kept.substr(0, request.asked_bytes),
              .key = key,
              .answer = kept.substr(request.asked_bytes)},
             wire_);
    protocol::Resume resume;
    request.codec->frame_request(wire_.view(), {.value_bytes_max = base::kValueBytesMaxCeiling},
                                 resume, frame_);
    if (frame_.status != protocol::RequestStatus::complete) {
        answers_.fail(handle, "the node's answer leaves nothing to ask for", {});
        return;
    }
    const std::string_view bytes = frame_.text(wire_.view());
    const Outgoing outgoing{.handle = handle, .request = request, .frame = frame_, .bytes = bytes};
    if (step.place == nullptr) {
        dispatcher_.send(outgoing);
    } else if (const auto node = step.place(*request.pool->pool, key)) {
        dispatcher_.send_to(*node, outgoing);
    } else {
        dispatcher_.fail_without_node(outgoing);
    }
}

}  // namespace ringside::proxy
