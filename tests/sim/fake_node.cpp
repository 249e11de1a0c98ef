#include "sim/fake_node.h"

#include "sim/fake_memcached.h"
#include "sim/fake_redis.h"

namespace ringside::sim {

void FakeNode::receive(std::string_view bytes) {
    pending_ += bytes;
    std::size_t used = 0;
    while (!confused_) {
        const std::string_view rest = std::string_view(pending_).substr(used);
        Served served = protocol_ == routing::ProtocolKind::redis ? serve_redis(rest, resp3_)
                                                                  : serve_memcached(rest, id_);
        confused_ = served.confused;
        if (served.used == 0) {
            break;
        }
        used += served.used;
        answers_ += served.answer;
        answered_bytes_ += served.answer.size();
        served.request.answer_end = answered_bytes_;
        requests_.push_back(std::move(served.request));
    }
    pending_.erase(0, used);
}

}  // namespace ringside::sim
