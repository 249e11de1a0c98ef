// A request of a client, and what may come of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ringside::sim {

// How its answer is judged, errors that name a node apart.
enum class Shape : std::uint8_t {
    exact,      // it is `answer`
    prefix,     // it begins with `answer`
    values,     // the `blocks` of the keys and END; those of a node that failed may be missing
    stats,      // sums over all nodes in the ring
    every_ok,   // `answer`, once every node in the ring has given its own
    version,    // of the node that has the requests without a key
    same_node,  // `answer`, or a refusal if the keys belong to different nodes
};

struct Asked {
    std::string wire{};
    std::string command{};            // as nodes must see it; empty: none may see it
    std::vector<std::string> keys{};  // that nodes see, each as often as it is named here
    Shape shape = Shape::exact;
    std::string answer{};
    std::vector<std::string> blocks{};  // for each key
    std::size_t head_bytes = 0;         // of `wire`, which decide what comes of it; 0: all
    bool no_reply = false;              // the client gets nothing
    bool unawaited = false;             // `answer` is the proxy's, whatever the node says
    bool resp3 = false;                 // the dialect of its link and its answer
    bool quits = false;                 // the proxy closes behind it
};

}  // namespace ringside::sim
