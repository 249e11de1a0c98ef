// Where one worker dials a node: the addresses of the snapshot, the one that worked last first.
//
// A value of NodeRuntime. Pure.
#pragma once

#include "base/clock.h"
#include "routing/node.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace ringside::proxy {

class NodeAddresses {
  public:
    // The least share of an address: one that is a continent away shall not be given up for good.
    static constexpr base::milliseconds kShareMin{250};

    // Those of a newer snapshot, and why there are none or the last lookup has failed. True if the
    // addresses are others than before, or there are none and the reason is another one.
    bool adopt(const std::vector<routing::Address>& addresses, std::string_view problem);

    bool empty() const noexcept { return all_.empty(); }
    std::size_t size() const noexcept { return all_.size(); }
    bool contains(const routing::Address& address) const noexcept;
    // Why there is no address, for clients; static text. Empty: the name is being looked up.
    std::string_view problem() const noexcept { return problem_; }

    // The address that an attempt begins with. Requires: !empty().
    const routing::Address& first() const noexcept { return all_[first_]; }
    // The one that follows, behind the last the first. Requires: !empty().
    const routing::Address& next_after(const routing::Address& address) const noexcept;

    // It could not be connected: attempts begin with the next one from now on.
    void on_failure(const routing::Address& address) noexcept;
    void on_success(const routing::Address& address) noexcept;

    // What one address may take of an attempt, which takes `limit` at most and better not longer
    // than the requests wait (0: any time). A single one has all of the limit.
    base::milliseconds share_of(base::milliseconds limit,
                                base::milliseconds timeout) const noexcept;

  private:
    std::vector<routing::Address> all_;
    std::size_t first_ = 0;  // of `all_`
    std::string_view problem_;
};

}  // namespace ringside::proxy
