// The far end of a link: understands what the proxy writes, and answers from the key alone.
#pragma once

#include "routing/snapshot.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::sim {

// A request as its node has understood it.
struct NodeRequest {
    std::string command;            // in lower case
    std::vector<std::string> keys;  // or the number that tells one flush_all from the others
    std::uint64_t answer_end = 0;   // where its answer ends in all that this link has answered
};

// What one look at the bytes of a link has found. `used` of 0: no complete request.
struct Served {
    std::size_t used = 0;
    bool confused = false;  // this is no request that the proxy may send
    NodeRequest request;
    std::string answer;
};

// One object per link: it holds the bytes that are incomplete.
class FakeNode {
  public:
    FakeNode(routing::ProtocolKind protocol, routing::NodeId id) : protocol_(protocol), id_(id) {}

    // Takes bytes of the proxy; answers() grows by the answers to the requests completed by them.
    void receive(std::string_view bytes);

    // Answers not yet sent; the simulation takes them off the front as it likes.
    std::string& answers() { return answers_; }

    // The requests since the last call.
    std::vector<NodeRequest> take_requests() { return std::exchange(requests_, {}); }

    // True once something came that is no request the proxy may send.
    bool confused() const { return confused_; }
    // True once the link has said HELLO 3.
    bool resp3() const { return resp3_; }

  private:
    routing::ProtocolKind protocol_;
    routing::NodeId id_;
    std::string pending_;
    std::string answers_;
    std::uint64_t answered_bytes_ = 0;  // ever
    std::vector<NodeRequest> requests_;
    bool confused_ = false;
    bool resp3_ = false;
};

}  // namespace ringside::sim
