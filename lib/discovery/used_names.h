// The host names of the nodes of all pools, and what was told of each last. Pure.
//
// When to look them up is NameBook's matter; here is what nodes get to know that come later, and
// whether all names have been heard of that were to be found first.
#pragma once

#include "base/clock.h"
#include "discovery/name_book.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace ringside::discovery {

class NodeBook;

// A value, owned by the controller.
class UsedNames {
  public:
    // The names from now on; what is known of those that stay, stays. True if they are others than
    // before.
    bool use(const std::set<std::string>& hosts);

    enum class Heard : std::uint8_t {
        unused,   // late news of a name that is not used any more
        another,  // more of a name that was heard of before, or the first of one, but not the last
        last,     // the first of a name, and of all others something was heard before
    };
    Heard take(const std::string& host, const NameState& state);

    // Tells the nodes what is known of their names. True if the data path has to know.
    bool tell(NodeBook& nodes, base::TimePoint now) const;

  private:
    std::map<std::string, NameState> names_;
};

}  // namespace ringside::discovery
