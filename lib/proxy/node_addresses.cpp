#include "proxy/node_addresses.h"

#include <algorithm>
#include <iterator>

namespace ringside::proxy {

bool NodeAddresses::adopt(const std::vector<routing::Address>& addresses,
                          std::string_view problem) {
    if (addresses == all_) {
        const bool is_news = all_.empty() && problem != problem_;
        problem_ = problem;
        return is_news;
    }
    problem_ = problem;
    const routing::Address first = all_.empty() ? routing::Address() : all_[first_];
    all_ = addresses;
    first_ = 0;
    on_success(first);  // which may have stayed
    return true;
}

bool NodeAddresses::contains(const routing::Address& address) const noexcept {
    return std::find(all_.begin(), all_.end(), address) != all_.end();
}

const routing::Address& NodeAddresses::next_after(const routing::Address& address) const noexcept {
    const auto found = std::find(all_.begin(), all_.end(), address);
    return found == all_.end() || std::next(found) == all_.end() ? all_.front() : *std::next(found);
}

void NodeAddresses::on_failure(const routing::Address& address) noexcept {
    // Another link may have moved on already.
    if (!all_.empty() && all_[first_] == address) {
        first_ = (first_ + 1) % all_.size();
    }
}

void NodeAddresses::on_success(const routing::Address& address) noexcept {
    const auto found = std::find(all_.begin(), all_.end(), address);
    if (found != all_.end()) {
        first_ = static_cast<std::size_t>(found - all_.begin());
    }
}

base::milliseconds NodeAddresses::share_of(base::milliseconds limit,
                                           base::milliseconds timeout) const noexcept {
    if (all_.size() <= 1) {
        return limit;
    }
    const base::milliseconds whole = timeout.count() > 0 ? std::min(limit, timeout) : limit;
    return std::max(whole / static_cast<int>(all_.size()), kShareMin);
}

}  // namespace ringside::proxy
