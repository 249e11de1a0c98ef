#include "discovery/dns_heard.h"

#include "discovery/dns_search.h"

#include <algorithm>
#include <variant>

namespace ringside::discovery {

const DnsHeard* heard_of(const std::vector<DnsHeard>& all, const io::RecordWish& wish) noexcept {
    const auto found = std::find_if(all.begin(), all.end(), [&wish](const DnsHeard& each) {
        return each.wish.full_name == wish.full_name && each.wish.type == wish.type;
    });
    return found == all.end() ? nullptr : &*found;
}

std::string spoken_for(const std::vector<DnsHeard>& all, const io::RecordWish& wish) {
    if (const DnsHeard* const same = heard_of(all, wish)) {
        return same->server;
    }
    const auto of_name = std::find_if(all.rbegin(), all.rend(), [&wish](const DnsHeard& each) {
        return each.wish.full_name == wish.full_name;
    });
    if (of_name != all.rend()) {
        return of_name->server;
    }
    return all.empty() ? std::string() : all.back().server;
}

bool is_failure(const io::RecordResult& result) noexcept {
    const auto* const problem = std::get_if<io::LookupProblem>(&result);
    return problem != nullptr && says_nothing_of_the_name(*problem);
}

}  // namespace ringside::discovery
