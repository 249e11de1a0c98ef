#include "config/workers.h"

#include "base/parse.h"

#include <sched.h>

#include <algorithm>
#include <cstddef>
#include <fstream>

namespace ringside::config {
namespace {

// None of the files read here is longer; /proc/self/cgroup has a line per hierarchy.
constexpr std::size_t kTextBytesMax = std::size_t{64} << 10;

// Empty if the file is not there.
std::string read_text(const std::string& path) {
    std::ifstream file(path);
    std::string text(kTextBytesMax, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

std::string_view first_line(std::string_view text) noexcept {
    return text.substr(0, text.find('\n'));
}

// 0 means no limit.
std::uint32_t smaller_limit(std::uint32_t a, std::uint32_t b) noexcept {
    return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b);
}

// The limit of the group `path` ("/", "/pods/one") and its parents. In a container the path is
// often one that only the host can see; then just the root, the container's own group, is there.
template <typename LimitOf>
std::uint32_t smallest_limit(std::string_view path, LimitOf limit_of) {
    std::uint32_t smallest = 0;
    while (path.size() > 1) {
        smallest = smaller_limit(smallest, limit_of(std::string(path)));
        path = path.substr(0, path.rfind('/'));
    }
    return smaller_limit(smallest, limit_of(std::string()));
}

bool lists_cpu(std::string_view controllers) noexcept {
    while (!controllers.empty()) {
        const std::size_t comma = controllers.find(',');
        if (controllers.substr(0, comma) == "cpu") {
            return true;
        }
        controllers.remove_prefix(comma == std::string_view::npos ? controllers.size() : comma + 1);
    }
    return false;
}

// A line of /proc/self/cgroup, "ID:CONTROLLERS:PATH" (cgroups(7)).
std::uint32_t limit_of_hierarchy(std::string_view line, const std::string& cgroups) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) {
        return 0;
    }
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    std::string_view path = line.substr(second + 1);
    if (path.find("/..") != std::string_view::npos) {
        path = "/";  // outside of this cgroup namespace: not visible from here
    }
    if (controllers.empty()) {
        return smallest_limit(path, [&cgroups](const std::string& group) {
            return cpus_of_cpu_max(read_text(cgroups + group + "/cpu.max"));
        });
    }
    if (!lists_cpu(controllers)) {
        return 0;
    }
    // Where "cpu" is mounted together with "cpuacct", "cpu" is a link to it.
    return smallest_limit(path, [directory = cgroups + "/cpu"](const std::string& group) {
        return cpus_of_cfs(read_text(directory + group + "/cpu.cfs_quota_us"),
                           read_text(directory + group + "/cpu.cfs_period_us"));
    });
}

std::uint32_t affinity_cpus() noexcept {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    // Fails on a machine with more than CPU_SETSIZE (1024) CPUs: more than kWorkersMax anyway.
    if (::sched_getaffinity(0, sizeof cpus, &cpus) != 0) {
        return kWorkersMax;
    }
    return static_cast<std::uint32_t>(CPU_COUNT(&cpus));
}

}  // namespace

std::uint32_t worker_count(std::uint32_t configured) {
    const std::uint32_t wanted =
        configured != 0 ? configured : smaller_limit(quota_cpus(""), affinity_cpus());
    return std::clamp<std::uint32_t>(wanted, 1, kWorkersMax);
}

std::uint32_t quota_cpus(const std::string& root) {
    const std::string groups = read_text(root + "/proc/self/cgroup");
    std::uint32_t smallest = 0;
    for (std::string_view rest = groups; !rest.empty();) {
        const std::string_view line = first_line(rest);
        smallest = smaller_limit(smallest, limit_of_hierarchy(line, root + "/sys/fs/cgroup"));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    return smallest;
}

std::uint32_t cpus_of_cpu_max(std::string_view cpu_max) noexcept {
    const std::string_view line = first_line(cpu_max);
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) {
        return 0;
    }
    return cpus_of_cfs(line.substr(0, blank), line.substr(blank + 1));
}

std::uint32_t cpus_of_cfs(std::string_view quota_us, std::string_view period_us) noexcept {
    const auto quota = base::parse_unsigned(first_line(quota_us), 1, UINT32_MAX);
    const auto period = base::parse_unsigned(first_line(period_us), 1, UINT32_MAX);
    if (!quota || !period) {
        return 0;
    }
    return static_cast<std::uint32_t>((*quota + *period - 1) / *period);
}

}  // namespace ringside::config
