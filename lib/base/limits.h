// Every bound of the program: unit, reason, and what the peer sees when it is reached.
// Bounds that operators set live in config/schema.cpp; these are the ones that are ours.
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>

namespace ringside::base {

// memcached's own limit (doc/protocol.txt, "Keys"). Over it: CLIENT_ERROR, nothing is forwarded.
inline constexpr std::size_t kMemcacheKeyBytesMax = 250;

// A request line, which for a multi-get holds all keys. Over it: CLIENT_ERROR, then close.
inline constexpr std::size_t kLineBytesMax = std::size_t{2} << 20;

// Redis's own limit on one argument is 512 MiB; a cache entry that large is a mistake, and the
// proxy has to hold it. `value_bytes_max` of the pool bounds it further.
inline constexpr std::size_t kValueBytesMaxCeiling = std::size_t{512} << 20;

// Keys (Redis: arguments) of one request. Over it: an error.
inline constexpr std::size_t kKeysPerRequestMax = 100'000;

// What `request_bytes_max` of a pool may be at most: positions within a request have 32 bits.
inline constexpr std::size_t kRequestBytesMaxCeiling = std::size_t{2} << 30;

// An inline Redis command, as Redis itself (PROTO_INLINE_MAX_SIZE). Over it: an error, then close.
inline constexpr std::size_t kRespInlineBytesMax = std::size_t{64} << 10;

// A name that a Redis client gives its connection, which is kept. Over it: an error.
inline constexpr std::size_t kClientNameBytesMax = 256;

// Wrong passwords on one connection of a client. With the last one it is told so, and closed.
inline constexpr std::uint32_t kPasswordAttemptsMax = 10;

// A pattern of COMMAND LIST, which is matched with all names of commands. Over it: an error.
inline constexpr std::size_t kCommandPatternBytesMax = 256;

// Names in one COMMAND INFO or COMMAND DOCS, each of which brings a much longer row. More than the
// table has. Over it: an error.
inline constexpr int kCommandNamesMax = 500;

// A line of a node's answer: an error, a status, a number. Redis writes none that is longer than a
// string may be (proto-max-bulk-len), memcached none beyond 2 KiB. Over it: the link is closed.
inline constexpr std::size_t kReplyLineBytesMax = std::size_t{512} << 20;

// Bytes of a refused value, or of the arguments behind it, that are read and dropped to keep the
// client in step. Over it: close.
inline constexpr std::size_t kSwallowBytesMax = std::size_t{1} << 30;

// A memcached node's answer to `stats`, of which 1.6 needs some 3 KiB. Over it: the link is closed,
// the node counts as one that did not answer.
inline constexpr std::size_t kNodeStatsBytesMax = std::size_t{64} << 10;

// Different rows in the answer to `stats`, all nodes of a pool together, of which 1.6 has some 90.
// The rows over it are left out.
inline constexpr std::size_t kStatsRowsMax = 256;

// Requests of one client that are under way. At this many its socket is not read any further.
inline constexpr std::size_t kSessionRequestsMax = 1024;

// Answers that one client has not read yet, or is about to get if they are as large as its last
// ones. At this many bytes its socket is not read any further. Answers that turn out larger exceed
// it, once: 200 clients that ask for all they can and read nothing stay within some 40 MB.
inline constexpr std::size_t kSessionOutputBytesMax = std::size_t{64} << 10;

// How large the answers of a client are taken to be before the first one has come: a pipeline of 16
// is sent on at once.
inline constexpr std::size_t kFirstAnswerBytesGuess = std::size_t{4} << 10;

// Requests and bytes waiting for one node on one link. Over either: an error that names the node.
inline constexpr std::size_t kLinkRequestsMax = 65'536;
inline constexpr std::size_t kLinkOutputBytesMax = std::size_t{64} << 20;

// Timed-out requests whose answers a link still waits for. Over it the node is taken for silent and
// the link is closed.
inline constexpr std::size_t kLinkAbandonedMax = 4096;

// The least time a link may owe the answer to a timed-out request before it is closed.
inline constexpr milliseconds kLateReplyGraceMin{1000};

// A node that refuses connections, or ends them as soon as they are there, is not dialled more
// often than this by one worker; requests for it in between fail at once. Doubles up to the maximum
// with each failure.
inline constexpr milliseconds kReconnectBackoffMin{50};
inline constexpr milliseconds kReconnectBackoffMax{1000};

// A node that answers as another one than it should be (Redis: READONLY to a write) is connected to
// anew, as another node may have its address by now. Not sooner than this after the time before,
// doubling while it goes on, for one that is to be so. Its errors reach the clients all the while.
inline constexpr milliseconds kReadonlyRedialMin{1'000};
inline constexpr milliseconds kReadonlyRedialMax{30'000};

// A link that has not told anything for so long, though it is dead, is found so by the kernel:
// nothing was acknowledged, neither data nor probes of an idle link. In a pool with a timeout the
// larger of twice that and the first; in one without, the second.
inline constexpr milliseconds kUnacknowledgedMin{1000};
inline constexpr milliseconds kUnacknowledgedWithoutTimeout{10'000};

// An idle link is probed by the kernel after so long, and again as often as this: a firewall keeps
// its connection in mind, and one that has forgotten it is noticed before a request is lost.
inline constexpr seconds kLinkProbeIdle{10};
inline constexpr seconds kLinkProbeInterval{3};

// An answer that has begun has its request's timeout anew for each so many bytes of it that come:
// a large value over a slow line, but no trickle. At a timeout of 400 ms that is 160 KiB/s.
inline constexpr std::size_t kSteadyAnswerBytes = std::size_t{64} << 10;

// A link that has lasted so long is no part of a storm: its loss is followed by a dial at once.
// Below the second that memcached's and Redis's idle timeouts have at least.
inline constexpr milliseconds kSteadyLinkMin{500};

// While a node can still be ejected, its dials are not held back, so that it is ejected after as
// many errors as with twemproxy. At most so many in a row by one worker, whatever the limit is.
inline constexpr std::uint32_t kUnpacedFailuresMax = 1000;

// A worker tells the controller of failures that lead to nothing at most this often for each node.
inline constexpr milliseconds kFailureReportPause{100};

// What of a node's own words is passed on when it has turned a link away. The rest is cut off.
inline constexpr std::size_t kNodeWordsBytesMax = 100;

// A connection attempt that has neither succeeded nor failed.
inline constexpr milliseconds kConnectTimeout{2000};

// Lines of the log that wait to be written. Over it: they are dropped and counted, and the log says
// how many.
inline constexpr std::size_t kLogQueueBytesMax = std::size_t{1} << 20;

// How long the end of the process, or an error's way to stderr, waits for the log.
inline constexpr milliseconds kLogFlushMax{1000};

// A client that does not read its answers is closed after this time without progress.
inline constexpr milliseconds kWriteStallMax{30'000};

// How long clients that are asked to leave are served, by default (`drain.limit`): at half of it
// they are sent away at the first moment without a request, at three quarters whatever they have
// sent since, at the end they are cut off.
inline constexpr milliseconds kDrainLimitDefault{10'000};

// What a client has sent before it is asked to leave, and the network has not delivered yet, comes
// within this. Only then is it told the end.
inline constexpr milliseconds kDrainSettle{50};

// The same for a client that has sent more than its connection holds, which is told by a read of
// this size or a request that has to wait; and for one in the middle of a request.
inline constexpr milliseconds kDrainQuiet{200};
inline constexpr milliseconds kDrainRestOfRequest{1000};
inline constexpr std::size_t kDrainStreamBytesMin = std::size_t{16} << 10;

// From the end that a client was told, or what it has sent since, until its connection is closed
// although it has not closed it. Too early, what it has not read yet could be lost by a reset.
inline constexpr milliseconds kDrainLinger{500};

// How much is taken from a client before the others get their turn; more only if its requests have
// been larger lately, or to complete one that has outgrown it. What lies behind a message that had
// to stop is kept in memory, so this also bounds what a flood of small requests can occupy.
inline constexpr std::size_t kReadBytesPerTurn = std::size_t{256} << 10;

// The most that one read takes: memcached's largest item by default, with the line before it. In
// one piece it costs one read and one write, and wakes its reader once (docs/BENCHMARKS.md).
inline constexpr std::size_t kReadBytesMax = std::size_t{1088} << 10;

// Messages of at least this size are written from where they were read, at once; smaller ones are
// collected until the end of the turn. Copying less costs less than a system call.
inline constexpr std::size_t kWrittenAtOnceBytesMin = std::size_t{8} << 10;

// Answer of a configuration endpoint, and nodes in it. Over it: the answer is refused.
inline constexpr std::size_t kDiscoveryAnswerBytesMax = std::size_t{256} << 10;
inline constexpr std::size_t kPoolNodesMax = 4096;

// The file in which the lists of all pools and the operator's ejections outlive the process. Over
// it: it is not written, or ignored at start, and the log says so.
inline constexpr std::size_t kStateBytesMax = std::size_t{8} << 20;

// How long the end of the process waits for that file.
inline constexpr milliseconds kStateFlushMax{1000};

// How long a node is remembered that has left its pool, and a pool that has left the configuration,
// with its counters and the operator's ejections: a rolling restart or a mistake is over by then.
// One that comes back later is a new one.
inline constexpr seconds kAbsenceMax{3600};

// Nodes of a pool, and pools, that are remembered at a time although they have left. Over it: the
// one that left first is forgotten.
inline constexpr std::size_t kAbsentNodesMax = 1024;
inline constexpr std::size_t kAbsentPoolsMax = 256;

// Sources of one pool, each of which is asked all the time. Over it: the configuration is refused.
inline constexpr std::size_t kPoolSourcesMax = 8;

// Sources that a pool has had before its present ones, and may get back. Over it: the one that was
// asked longest ago is forgotten, and would begin anew.
inline constexpr std::size_t kFormerSourcesMax = 4;

// A host name without a dot at its end (RFC 1035, 2.3.4). Longer: it is not asked for.
inline constexpr std::size_t kHostNameBytesMax = 253;

// Addresses that are taken from the answers for one name. The others are left out.
inline constexpr std::size_t kNameAddressesMax = 256;

// Records that are looked at in one answer of a nameserver. A TCP answer has room for 5,000, and
// c-ares's work grows with their square. The others are left out.
inline constexpr std::size_t kNameRecordsMax = 512;

// Records of one answer that names nodes: more than the 4,094 addresses that fit into the largest
// one. Over it, or with more aliases in a row than the second: the answer is refused.
inline constexpr std::size_t kDnsRecordsMax = 4096;
inline constexpr std::size_t kDnsAliasesMax = 16;

// Names whose records one pool asks for, two questions each at most: dnsmasq refuses more than 150
// at once. Over it: the configuration is refused.
inline constexpr std::size_t kDnsNamesMax = 32;

// Names that were asked for less than kNameIsSlowAfter ago and have no answer yet: dnsmasq refuses
// more than 150 questions at once, and a name is two of them. Other names wait in line.
inline constexpr std::size_t kNamesAskedAtOnceMax = 64;
// The same, of names that had no answer at all when they were last asked for.
inline constexpr std::size_t kSilentNamesAskedAtOnceMax = 8;
// After this time a name no longer keeps others waiting, up to kNamesUnderWayMax of them.
inline constexpr milliseconds kNameIsSlowAfter{250};
inline constexpr std::size_t kNamesUnderWayMax = 8192;

// Names that wait for an answer, and answers that are kept. More than all pools together have.
// Over it: a name is answered as one whose lookup timed out; an answer is not kept.
inline constexpr std::size_t kNamesKeptMax = 65'536;

// From asking for a name to its answer, whatever nameservers do. Over it: "name lookup timed out".
inline constexpr milliseconds kNameLookupMax{30'000};

// How long a load of the configuration waits for the names in `listen`: `ringctl reload` waits for
// 10 s, and is to be told. Over it the load is refused: "name lookup timed out". The lookup goes on
// and counts for the next load. A start waits for kNameLookupMax.
inline constexpr milliseconds kListenNamesMax{8'000};
// After so long who waits says in the log what for.
inline constexpr milliseconds kListenNamesAreSlowAfter{3'000};

// How long an answer is kept, whatever the records say: TTL 0 would ask without end (RFC 2181, 8),
// and the largest would keep an address for 68 years.
inline constexpr milliseconds kNameTtlMin{1000};
inline constexpr milliseconds kNameTtlMax{300'000};

// Of /etc/hosts. What stands behind is not read.
inline constexpr std::size_t kHostsBytesMax = std::size_t{1} << 20;

}  // namespace ringside::base
