// What a search in DNS has heard, and of whom: what another nameserver than that has to confirm.
// Pure.
#pragma once

#include "io/dns_answer.h"
#include "io/record_resolver.h"

#include <string>
#include <vector>

namespace ringside::discovery {

// What has come of a wish, and whose word it is: as io::RecordResolver::Answer has it.
struct DnsHeard {
    io::RecordWish wish;
    io::RecordResult result;
    std::string server;
};

// Of this full name and type; null: nothing.
const DnsHeard* heard_of(const std::vector<DnsHeard>& all, const io::RecordWish& wish) noexcept;

// Who has spoken on a wish, and does not confirm it: of this very one; else of another type of the
// name, as NXDOMAIN is said of all; else, as the second search went another way, the one that ended
// the first. Empty: nobody.
std::string spoken_for(const std::vector<DnsHeard>& all, const io::RecordWish& wish);

// Nobody's word on the name.
bool is_failure(const io::RecordResult& result) noexcept;

}  // namespace ringside::discovery
