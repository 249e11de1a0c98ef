// From the records of DNS to nodes. Pure.
#pragma once

#include "base/expected.h"
#include "io/dns_answer.h"
#include "routing/membership.h"

#include <cstdint>
#include <span>
#include <vector>

namespace ringside::discovery {

using Members = std::vector<routing::Member>;

// Each address is a node with this port. An address that no cache node can have
// (is_forbidden_ip()) is an error, and so are all records together then: who wrote the one may have
// written the others.
base::Expected<Members> members_at(const io::DnsRecords& records, std::uint16_t port);

// Each target is a node that is called like it and its port. Of several priorities only the first
// counts. `use_weights`: the records' weights, divided by what they have in common; else each is 1.
// An error, of all records together: a target that is an address, a port 0, or that the service
// says of itself that it is not available (RFC 2782: the target ".").
base::Expected<Members> members_of_service(const io::DnsRecords& records, bool use_weights);

// Those of all lists, each node once: of two with the same ring name the first. Sorted as a
// Membership has them. None at all, and more than kPoolNodesMax, is an error that says so.
base::Expected<routing::Membership> all_members(std::span<const Members> lists);

// Adds those of `more` that `members` does not have, by their ring names.
void add_members(Members& members, const Members& more);

// The pool's nodes as members_at() or, of an SRV source, members_of_service() would have them,
// whatever they are called there. Without those that no such record can name.
Members members_as_in_dns(const routing::Membership& pool, bool is_service);

// Those of `before` that `after` lacks, by their ring names.
Members lost_members(const Members& before, const routing::Membership& after);

// The type of the records that name this node, as members_at() or members_of_service() read them.
io::RecordType record_type_of(const routing::Member& member);

}  // namespace ringside::discovery
