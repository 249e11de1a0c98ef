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

// The CPUs that this process's cgroups allow, rounded up: the smallest limit from its own group up
// to the root, of cgroup v2 and v1. 0: no limit. `root` stands for "/" in tests, without a slash at
// its end.
std::uint32_t quota_cpus(const std::string& root);

// The CPUs that a cgroup allows, from the text of cgroup v2's cpu.max ("200000 100000", "max
// 100000"); 0 if it sets no limit or the text is malformed.
std::uint32_t cpus_of_cpu_max(std::string_view cpu_max) noexcept;

// The same from cgroup v1's cpu.cfs_quota_us ("-1": no limit) and cpu.cfs_period_us.
std::uint32_t cpus_of_cfs(std::string_view quota_us, std::string_view period_us) noexcept;

}  // namespace ringside::config
