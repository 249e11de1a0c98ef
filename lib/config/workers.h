// How many worker threads to run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::config {

// `configured` if it is not 0, else what the cgroup's CPU quota allows, rounded up, else the number
// of CPUs this process may run on; at least 1, at most kWorkersMax. RINGSIDE_WORKERS overrides the
// configuration; main passes it in through `configured`.
std::uint32_t worker_count(std::uint32_t configured);

inline constexpr std::uint32_t kWorkersMax = 64;

// The CPUs that a cgroup allows, from the text of cgroup v2's cpu.max ("200000 100000", "max
// 100000"); 0 if it sets no limit or the text is malformed.
std::uint32_t cpus_of_cpu_max(std::string_view cpu_max) noexcept;

}  // namespace ringside::config
