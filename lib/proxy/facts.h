// What the proxy can tell about itself to a client that asks (stats, INFO, TIME).
#pragma once

#include "base/clock.h"
#include "metrics/metrics.h"
#include "protocol/client_codec.h"
#include "proxy/pool_runtime.h"

#include <cstdint>
#include <string_view>

namespace ringside::proxy {

// What is the same for all workers of the process.
struct ProcessIdentity {
    std::string_view version;  // static text
    std::int64_t pid = 0;
    std::uint32_t workers = 1;
};

// Owned by WorkerState. Reads the cells of all workers, under the registry's lock: for the few
// commands whose row says needs_facts, not for every request.
class FactsSource {
  public:
    FactsSource(const metrics::Registry& registry, const ProcessIdentity& process,
                base::TimePoint start) noexcept
        : registry_(registry), process_(process), start_(start) {}

    // `now` and `unix_time` are the present moment, monotonic and of the day.
    protocol::ProxyFacts gather(const PoolRuntime& pool, base::TimePoint now,
                                base::microseconds unix_time) const;

  private:
    const metrics::Registry& registry_;
    const ProcessIdentity process_;
    const base::TimePoint start_;
};

}  // namespace ringside::proxy
