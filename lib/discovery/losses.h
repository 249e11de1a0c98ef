// The losses of a pool's nodes that were not told yet, and the ejections that they have led to: one
// line may say it of many. Pure.
#pragma once

#include "discovery/log_lines.h"
#include "routing/node.h"

#include <cstddef>
#include <string>
#include <vector>

namespace ringside::discovery {

struct Loss {
    routing::NodeId node = 0;
    std::string name;
    std::string cause;
    bool is_told = false;  // by the line about its cause
};

// A value, owned by the pool's NodeBook. An ejection is told behind the loss that it comes from, so
// it waits as long as there are losses to be told.
class Losses {
  public:
    // Of one pool at once by their names; what is more is counted.
    static constexpr std::size_t kToldMax = 3;

    bool empty() const noexcept { return losses_.empty(); }

    void add(Loss loss) { losses_.push_back(std::move(loss)); }
    // `line` is the whole line about it.
    void add_ejection(std::string node, LogLine line);

    // Tells all: by their names, or in one line if they are many or `is_all`, which says that the
    // pool has lost all its `nodes`.
    void tell(std::size_t nodes, bool is_all, LogLines& lines);
    // Tells that of one node, if it waits: its end is told next.
    void tell_one(routing::NodeId node, LogLines& lines);
    // Tells the ejections: what comes next is about one of them.
    void tell_ejections(LogLines& lines);
    // Somebody else has told the losses. The cause of the last one. Requires: there is one.
    std::string drop(LogLines& lines);

  private:
    struct Ejection {
        std::string name;
        LogLine line;
    };

    std::vector<Loss> losses_;
    std::vector<Ejection> ejections_;
};

}  // namespace ringside::discovery
