// What DNS says, as a machine that asks it sees it.
#pragma once

#include "base/clock.h"
#include "io/dns_answer.h"

#include <string>
#include <utility>
#include <vector>

namespace ringside::discovery {

// A or AAAA records.
inline io::RecordResult ips(const std::vector<std::string>& hosts,
                            base::milliseconds ttl = base::seconds(30)) {
    io::DnsRecords found{.records = {}, .ttl = ttl};
    for (const std::string& host : hosts) {
        found.records.push_back({.host = host});
    }
    return found;
}

// SRV records.
inline io::RecordResult services(std::vector<io::DnsRecord> targets,
                                 base::milliseconds ttl = base::seconds(30)) {
    return io::DnsRecords{.records = std::move(targets), .ttl = ttl};
}

inline const io::RecordResult kNoSuchName = io::LookupProblem::not_found;
inline const io::RecordResult kNoRecords = io::LookupProblem::no_address;
inline const io::RecordResult kServerFails = io::LookupProblem::server_failure;
inline const io::RecordResult kSilent = io::LookupProblem::timed_out;

// As in a pod.
inline io::SearchList pod_search_list() {
    return {.domains = {"app.svc.cluster.local", "svc.cluster.local", "cluster.local"}, .ndots = 5};
}

}  // namespace ringside::discovery
