// Names of pools and nodes as people type them.
#pragma once

#include "verbs.h"

#include <string>
#include <vector>

namespace ringside::ctl {

base::Expected<std::vector<std::string>> pool_names(Api& api);
base::Expected<std::vector<std::string>> node_names(Api& api, const std::string& pool);

// `name`, or the only one of the pool's nodes that begins so, which is said on standard error. What
// is nobody's beginning stays as it is: the API says what it makes of it. The error lists the nodes
// that could be meant.
base::Expected<std::string> node_that_begins(const std::vector<std::string>& nodes,
                                             const std::string& name);

// Replaces the NODE among the words by the whole name; false if there is no such node, or pool,
// which is no error here: an ejection of a node that has left can be lifted.
base::Expected<bool> resolve_node(Api& api, const Verb& verb, Options& options);

// Says on standard error which pool or node may have been meant, if one was.
void print_hint(Api& api, const Verb& verb, const Options& options);

// ringctl names [POOL].
base::Expected<Shown> run_names(Api& api, const Options& options);

}  // namespace ringside::ctl
