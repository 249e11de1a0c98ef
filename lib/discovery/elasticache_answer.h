// The answer of an ElastiCache configuration endpoint, from bytes to a membership. No I/O.
//
//   CONFIG cluster 0 <bytes>\r\n
//   <version>\n
//   <host>|<ip>|<port> <host>|<ip>|<port>\n
//   \r\n
//   END\r\n
//
// Source: Amazon ElastiCache for Memcached user guide, "Adding auto discovery to your client
// library". Services and their imitations differ in line ends, blanks and the byte count, so these
// are read with tolerance; what a node is, is not.
#pragma once

#include "routing/membership.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::discovery {

enum class AnswerStatus : std::uint8_t {
    need_more,  // nothing wrong so far
    complete,   // `membership` is the list, with at least one node
    unknown,    // ERROR: it does not know the command
    refused,    // CLIENT_ERROR or SERVER_ERROR, or an error in the middle: the command failed
    unset,      // a bare END: the service has no configuration yet, or does not know the command
    no_nodes,   // a version, and nobody on its list; `membership` has the version
    malformed,  // anything else; `problem` says what
};

struct ElastiCacheAnswer {
    AnswerStatus status = AnswerStatus::need_more;
    // Named by host, the identity that outlives an address; reached by IP if the answer has one.
    routing::Membership membership;
    // For a person, unless complete. May contain words of the peer, without control characters.
    std::string problem;
};

// Looks at all bytes received so far. At most kDiscoveryAnswerBytesMax and kPoolNodesMax are
// accepted. Refused as a node: an address that is unspecified, multicast or link-local (such as
// the metadata service of clouds), and the same node twice. A peer that speaks TLS is named so.
ElastiCacheAnswer parse_elasticache_answer(std::string_view bytes);

}  // namespace ringside::discovery
