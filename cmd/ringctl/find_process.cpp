#include "find_process.h"

#include "config/config.h"
#include "config/load.h"
#include "hints.h"
#include "http/client.h"

#include <fmt/core.h>

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

namespace ringside::ctl {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;
using base::Expected;
using routing::Address;

// Who listens here answers at once, or is something else.
constexpr base::milliseconds kProbeLimit{500};
constexpr std::string_view kProgram = "ringside";

fs::path proc(pid_t pid) {
    return fs::path("/proc") / std::to_string(pid);
}

std::string link_of(const fs::path& path) {
    std::error_code error;
    return fs::read_symlink(path, error).string();
}

// A program that was replaced while it runs has another name: "ringside (deleted)".
bool is_ringside(pid_t pid) {
    const std::string program = fs::path(link_of(proc(pid) / "exe")).filename().string();
    return program.substr(0, program.find(' ')) == kProgram;
}

bool is_in_this_network(pid_t pid) {
    return link_of(proc(pid) / "ns/net") == link_of("/proc/self/ns/net");
}

// The inodes of its sockets, in /proc/PID/fd: "socket:[12345]".
Expected<std::set<std::string>> sockets_of(pid_t pid) {
    std::error_code error;
    fs::directory_iterator entries(proc(pid) / "fd", error);
    if (error) {
        return Error{Errc::io, fmt::format("process {}: {}", pid, error.message())};
    }
    std::set<std::string> inodes;
    for (; entries != fs::directory_iterator(); entries.increment(error)) {
        constexpr std::string_view kHead = "socket:[";
        const std::string target = link_of(entries->path());
        if (target.starts_with(kHead)) {
            inodes.insert(target.substr(kHead.size(), target.size() - kHead.size() - 1));
        }
        if (error) {
            break;
        }
    }
    return inodes;
}

// "0100007F:56CD" of /proc/net/tcp, which has words of the machine's byte order. An address that
// stands for all of them is reached at loopback.
std::optional<Address> address_of(const std::string& text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos) {
        return std::nullopt;
    }
    constexpr std::size_t kDigitsOfWord = 8;
    constexpr int kHex = 16;
    std::array<std::uint32_t, 4> words{};
    const std::size_t count = colon / kDigitsOfWord;
    if (count != 1 && count != words.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < count; ++i) {
        const char* const begin = text.data() + i * kDigitsOfWord;
        std::from_chars(begin, begin + kDigitsOfWord, words[i], kHex);
    }
    std::uint16_t port = 0;
    std::from_chars(text.data() + colon + 1, text.data() + text.size(), port, kHex);
    const bool is_any = words == std::array<std::uint32_t, 4>{};
    std::array<char, INET6_ADDRSTRLEN> host{};
    ::inet_ntop(count == 1 ? AF_INET : AF_INET6, words.data(), host.data(), host.size());
    if (is_any) {
        return Address{count == 1 ? "127.0.0.1" : "::1", port};
    }
    return Address{host.data(), port};
}

// proc(5): the columns of /proc/PID/net/tcp and unix.
void add_tcp(const fs::path& file, const std::set<std::string>& inodes,
             std::vector<Address>& found) {
    constexpr std::string_view kListening = "0A";
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string slot, local, remote, state, queues, timer, retries, user, timeouts, inode;
        fields >> slot >> local >> remote >> state >> queues >> timer >> retries >> user >>
            timeouts >> inode;
        if (state != kListening || !inodes.contains(inode)) {
            continue;
        }
        if (const auto address = address_of(local)) {
            found.push_back(*address);
        }
    }
}

void add_unix(const fs::path& file, const std::set<std::string>& inodes,
              std::vector<Address>& found) {
    constexpr std::string_view kAccepts = "00010000";
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string slot, references, protocol, flags, type, state, inode, path;
        fields >> slot >> references >> protocol >> flags >> type >> state >> inode >> std::ws;
        std::getline(fields, path);
        if (flags == kAccepts && path.starts_with('/') && inodes.contains(inode)) {
            found.push_back({path, 0});
        }
    }
}

// What its configuration file says now, if that can be read: a guess at what it does.
std::optional<Address> configured_admin(pid_t pid) {
    std::string path = "/etc/ringside/ringside.yml";
    std::ifstream words(proc(pid) / "cmdline", std::ios::binary);
    for (std::string word; std::getline(words, word, '\0');) {
        constexpr std::string_view kAttached = "--conf-file=";
        if (word == "-c" || word == "--conf-file") {
            std::getline(words, path, '\0');
        } else if (word.starts_with(kAttached)) {
            path = word.substr(kAttached.size());
        }
    }
    // As the process sees it: relative to its folder, in a root of its own perhaps.
    const fs::path folder = link_of(proc(pid) / "cwd");
    const auto config =
        config::load_file((proc(pid) / "root" / (folder / path).relative_path()).string());
    return config ? std::optional(config->process.admin.address) : std::nullopt;
}

// A port of clients, of statistics or of probes does not know this path. The token is not shown:
// who answers may be anybody.
bool is_admin(const Address& address) {
    struct Sign {
        unsigned status;
        std::string_view part;  // of the body
    };
    constexpr auto kSigns = std::to_array<Sign>({{200, "lines_dropped"}, {401, "unauthorized"}});
    const auto answer = http::Client(address, kProbeLimit).send(http::Method::get, "/log");
    return answer && std::any_of(kSigns.begin(), kSigns.end(), [&answer](const Sign& sign) {
               return answer->status == sign.status &&
                      answer->body.find(sign.part) != std::string::npos;
           });
}

// The default port first, and then where it should be: not in reach of others.
int rank_of(const Address& address) {
    if (address.port == config::kDefaultAdminPort) {
        return 0;
    }
    if (address.is_unix()) {
        return 2;
    }
    return address.host.starts_with("127.") || address.host == "::1" ? 1 : 3;
}

Expected<Address> admin_of(pid_t pid) {
    if (!is_in_this_network(pid)) {
        std::error_code error;
        return Error{Errc::not_found,
                     fs::exists(proc(pid), error)
                         ? fmt::format("process {} is in another network namespace, as in a "
                                       "container; ask there, by nsenter, docker or kubectl exec",
                                       pid)
                         : fmt::format("there is no process {}", pid)};
    }
    auto listeners = listeners_of(pid);
    if (!listeners) {
        return listeners.error();
    }
    // Asked first, so that no client's port is bothered with HTTP.
    const auto configured = configured_admin(pid);
    std::stable_partition(listeners->begin(), listeners->end(), [&](const Address& each) {
        return configured && each.port == configured->port &&
               (!each.is_unix() || each == *configured);
    });
    const auto found = std::find_if(listeners->begin(), listeners->end(), is_admin);
    if (found == listeners->end()) {
        return Error{Errc::not_found,
                     fmt::format("process {} has {} listening sockets, and none of them is an "
                                 "admin API; is it ringside?",
                                 pid, listeners->size())};
    }
    return *found;
}

// "pid 17 and pid 23".
std::string as_list(const std::vector<pid_t>& pids) {
    std::vector<std::string> names;
    for (const pid_t pid : pids) {
        names.push_back(fmt::format("pid {}", pid));
    }
    return listed(names);
}

Expected<Address> find_running(const Address& usual) {
    const std::vector<pid_t> pids = running_ringsides();
    if (is_admin(usual)) {
        if (pids.size() > 1) {
            fmt::print(stderr, "ringctl: asking the one at {}; of {}, --pid chooses another\n",
                       routing::to_string(usual), as_list(pids));
        }
        return usual;
    }
    if (pids.empty()) {
        return usual;  // who asks there will be told that nobody listens
    }
    if (pids.size() > 1) {
        return Error{Errc::conflict,
                     fmt::format("nobody answers at {}, and {} are running; choose with --pid",
                                 routing::to_string(usual), as_list(pids))};
    }
    auto found = admin_of(pids.front());
    if (found) {
        fmt::print(stderr, "ringctl: asking pid {} at {}\n", pids.front(),
                   routing::to_string(*found));
    }
    return found;
}

}  // namespace

std::vector<pid_t> running_ringsides() {
    std::vector<pid_t> pids;
    std::error_code error;
    fs::directory_iterator entries("/proc", error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
        const std::string name = entries->path().filename().string();
        pid_t pid = 0;
        const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (failed == std::errc() && *end == '\0' && is_ringside(pid) && is_in_this_network(pid)) {
            pids.push_back(pid);
        }
    }
    std::sort(pids.begin(), pids.end());
    return pids;
}

Expected<std::vector<Address>> listeners_of(pid_t pid) {
    const auto inodes = sockets_of(pid);
    if (!inodes) {
        return inodes.error();
    }
    std::vector<Address> found;
    add_tcp(proc(pid) / "net/tcp", *inodes, found);
    add_tcp(proc(pid) / "net/tcp6", *inodes, found);
    add_unix(proc(pid) / "net/unix", *inodes, found);
    std::stable_sort(found.begin(), found.end(),
                     [](const Address& a, const Address& b) { return rank_of(a) < rank_of(b); });
    return found;
}

Expected<Address> find_admin(const Options& options) {
    if (options.pid) {
        return admin_of(*options.pid);
    }
    if (options.admin) {
        return *options.admin;
    }
    return find_running({"127.0.0.1", config::kDefaultAdminPort});
}

}  // namespace ringside::ctl
