// What a nameserver's answer says, read from its bytes: addresses, or services with their hosts,
// and how long that holds. Pure.
//
// c-ares's own readers leave out what a membership needs: ares_parse_srv_reply() has no TTL
// (1.18.1), and their work grows with the square of the records.
#pragma once

#include "base/clock.h"
#include "io/lookup_result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ringside::io {

enum class RecordType : std::uint8_t { a, aaaa, srv };

std::string_view to_string(RecordType type) noexcept;  // "A", "AAAA", "SRV"
std::uint16_t number_of(RecordType type) noexcept;     // in messages

struct DnsRecord {
    // A, AAAA: the IP as text. SRV: the target in lower case, without a dot at its end; empty: "."
    std::string host;
    // SRV only (RFC 2782).
    std::uint16_t port = 0;
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;

    bool operator==(const DnsRecord&) const = default;
};

// All records of one name and type.
struct DnsRecords {
    std::vector<DnsRecord> records;  // as the nameserver has ordered them; at least one
    base::milliseconds ttl{0};       // the least of these and of the aliases that led to them

    bool operator==(const DnsRecords&) const = default;
};

// `not_found` and `no_address` are the nameserver's word; all other problems say nothing about the
// name.
using RecordResult = std::variant<DnsRecords, LookupProblem>;

// Reads a whole message (RFC 1035, 4.1) that answers the question for `name` and `type`. What is
// read are records of that name, or of the end of its aliases, at most kDnsAliasesMax. bad_answer:
// the message ends too early, names more records than kDnsRecordsMax, or an SRV target that is no
// host name. no_address: there are no such records.
RecordResult read_dns_answer(std::span<const std::uint8_t> message, std::string_view name,
                             RecordType type);

// How a name is found that is not full, as resolv.conf has it.
struct SearchList {
    std::vector<std::string> domains;
    std::size_t ndots = 1;

    bool operator==(const SearchList&) const = default;
};

}  // namespace ringside::io
