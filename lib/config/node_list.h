// A file that lists nodes and nothing else, YAML or JSON, written by whoever knows who is there.
//
//   - 10.0.0.1:11211:1 first                              # as in `servers:`
//   - {address: "10.0.0.2:11211", weight: 2, name: second}
//
// or the same list as the value of `servers` in a map. Text in, membership out: no files.
#pragma once

#include "base/expected.h"
#include "config/schema.h"
#include "routing/membership.h"

#include <cstddef>
#include <string_view>

namespace ringside::config {

// Larger ones are refused: 4096 nodes with the longest names need about this.
inline constexpr std::size_t kNodeListBytesMax = kFileBytesMax;

// `is_forbidden` tells of a host whether no node can be there. At least one node, at most
// kPoolNodesMax, with ring names that are unique; any other text is an error with place and rule:
// "FILE:LINE:COLUMN: nodes[2]: reason".
base::Expected<routing::Membership> parse_node_list(std::string_view text, std::string_view file,
                                                    bool (*is_forbidden)(std::string_view host));

}  // namespace ringside::config
