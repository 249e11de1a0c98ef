// One answer to `stats`: what the nodes of a pool say of themselves, together, and what the proxy
// says of itself.
#pragma once

#include "protocol/client_codec.h"

namespace ringside::protocol {

// Appends STAT lines and END. Numbers are added over the nodes; a few rows have a rule of their own
// (stats.cpp). `pid`, `uptime` and `time` are those of the proxy, and all rows that begin
// with `ringside_` are its own. A node that did not answer is missing in the sums and counted in
// `ringside_nodes_failed`; the statistics of the others are worth having without it.
void merge_stats(const SplitRequest& request, base::ByteBuffer& out) noexcept;

}  // namespace ringside::protocol
