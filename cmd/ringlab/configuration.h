// What a configuration endpoint says about a cluster, right or wrong, byte by byte. No I/O.
//
// Format: Amazon ElastiCache for Memcached user guide, "Adding auto discovery to your client
// library".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::lab {

enum class Mode {
    normal,
    empty,
    unset,
    garbage,
    slow,
    old_version,
    truncated,
    error,
    silent,
    closed,
    no_ip,
    legacy,
};

struct ModeRow {
    Mode mode;
    std::string_view name;
    std::string_view help;
};

inline constexpr auto kModes = std::to_array<ModeRow>({
    {Mode::normal, "normal", "behave"},
    {Mode::empty, "empty", "a newer version with no node in it"},
    {Mode::unset, "unset", "a bare END, as before the first configuration"},
    {Mode::garbage, "garbage", "a well-framed answer that makes no sense"},
    {Mode::slow, "slow", "the right answer, one byte every 20 ms"},
    {Mode::old_version, "old-version", "version 0 with the first node only"},
    {Mode::truncated, "truncated", "half of the right answer, then the connection is closed"},
    {Mode::error, "error", "SERVER_ERROR"},
    {Mode::silent, "silent", "no answer at all"},
    {Mode::closed, "closed", "connections are closed as they come"},
    {Mode::no_ip, "no-ip", "the address field is empty: host||port, with host localhost"},
    {Mode::legacy, "legacy", "only `get AmazonElastiCache:cluster` is understood"},
});

std::optional<Mode> parse_mode(std::string_view name) noexcept;
std::string_view to_string(Mode mode) noexcept;

struct ListedNode {
    std::string host;
    std::string ip;
    std::uint16_t port = 0;
};

// The list that clients are told of.
struct Configuration {
    std::uint64_t version = 0;
    std::vector<ListedNode> nodes;
};

// "12\nhost|ip|port host|ip|port\n"
std::string payload(const Configuration& configuration);

// What happens on the connection after one line was read.
struct Answer {
    std::string bytes;
    bool one_by_one = false;  // written slowly
    bool close = false;       // afterwards
};

// `line` without its end.
Answer answer_line(std::string_view line, const Configuration& configuration, Mode mode);

}  // namespace ringside::lab
