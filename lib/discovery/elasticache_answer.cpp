#include "discovery/elasticache_answer.h"

#include "base/expected.h"
#include "base/limits.h"
#include "base/parse.h"
#include "discovery/node_address.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace ringside::discovery {
namespace {

using base::Errc;
using base::Error;

// "CONFIG cluster <flags> <bytes>", "VALUE AmazonElastiCache:cluster <flags> <bytes>", and the
// error lines: none is near this long.
constexpr std::size_t kHeaderBytesMax = 1024;

// How much shorter than announced the data may be. AWS's own documentation once announced 147 bytes
// for an example of 136; one missing node is longer than this.
constexpr std::size_t kShortfallBytesMax = 16;

// The version, and the nodes.
constexpr std::size_t kPayloadLines = 2;

// How much of a peer's words is repeated in a message.
constexpr std::size_t kQuoteBytesMax = 80;

Error malformed(std::string message) {
    return Error{Errc::malformed, std::move(message)};
}

// Without control characters and bytes beyond ASCII, and not too long.
std::string quoted(std::string_view text) {
    std::string result(text.substr(0, kQuoteBytesMax));
    std::replace_if(
        result.begin(), result.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
    return '"' + result + (text.size() > kQuoteBytesMax ? "...\"" : "\"");
}

// The next word of `text`, which loses it; empty at the end.
std::string_view take_word(std::string_view& text) {
    const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
    const std::size_t end = std::min(text.find_first_of(" \t", begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    text.remove_prefix(end);
    return word;
}

// The next line of `text` without its end, or nothing if it has no end yet.
std::optional<std::string_view> take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view line = base::trimmed(text.substr(0, end));
    text.remove_prefix(end + 1);
    return line;
}

// The beginning of a record of TLS or SSL 3.0, as a server sends one that wants a handshake: its
// type and the first half of its version. RFC 8446 section 5.1, "Record Layer".
bool is_tls_record(std::string_view bytes) {
    constexpr char kTypeMin = 0x14;  // change_cipher_spec, alert, handshake, application_data
    constexpr char kTypeMax = 0x17;
    constexpr char kMajorVersion = 0x03;
    return bytes.size() >= 2 && bytes[0] >= kTypeMin && bytes[0] <= kTypeMax &&
           bytes[1] == kMajorVersion;
}

bool is_error_line(std::string_view line) {
    return line.starts_with("ERROR") || line.starts_with("CLIENT_ERROR") ||
           line.starts_with("SERVER_ERROR");
}

// The byte count of a header line.
base::Expected<std::size_t> parse_header(std::string_view line) {
    std::string_view rest = line;
    const std::string_view kind = take_word(rest);
    const std::string_view key = take_word(rest);
    const bool known = (kind == "CONFIG" && key == "cluster") ||
                       (kind == "VALUE" && key == "AmazonElastiCache:cluster");
    const std::string_view flags = take_word(rest);
    const auto bytes = base::parse_unsigned(take_word(rest), 0, UINT64_MAX);
    if (!known || flags.empty() || !bytes) {
        return malformed(fmt::format("the answer starts with {}", quoted(line)));
    }
    if (*bytes > base::kDiscoveryAnswerBytesMax) {
        return malformed(fmt::format("the answer announces {} bytes, more than {}", *bytes,
                                     base::kDiscoveryAnswerBytesMax));
    }
    return static_cast<std::size_t>(*bytes);
}

// "host|ip|port", where ip may be empty.
base::Expected<routing::Member> parse_node(std::string_view entry) {
    const std::size_t first = entry.find('|');
    const std::size_t last = entry.rfind('|');
    if (std::count(entry.begin(), entry.end(), '|') != 2) {
        return malformed(fmt::format("{} is not host|ip|port", quoted(entry)));
    }
    const std::string_view host = entry.substr(0, first);
    const std::string_view ip = entry.substr(first + 1, last - first - 1);
    const auto port = base::parse_unsigned(entry.substr(last + 1), 1, UINT16_MAX);
    if (!is_host_text(host)) {
        return malformed(fmt::format("{} has no usable host name", quoted(entry)));
    }
    if (!ip.empty() && !is_ip_text(ip)) {
        return malformed(fmt::format("{} has an address that is no IP", quoted(entry)));
    }
    if (!port) {
        return malformed(fmt::format("{} has a port out of range 1..65535", quoted(entry)));
    }
    const routing::Address identity{std::string(host), static_cast<std::uint16_t>(*port)};
    const routing::Address reached_at{std::string(ip.empty() ? host : ip), identity.port};
    if (is_forbidden_ip(reached_at.host)) {
        return malformed(fmt::format("{} is an unspecified, multicast or link-local address",
                                     quoted(reached_at.host)));
    }
    return routing::Member{
        .name = routing::default_ring_name(identity),
        .address = reached_at,
        .host = !reached_at.is_name() && identity.is_name() ? identity.host : std::string()};
}

base::Expected<routing::Membership> parse_nodes(std::string_view line) {
    routing::Membership membership;
    while (true) {
        const std::string_view entry = take_word(line);
        if (entry.empty()) {
            break;
        }
        if (membership.members.size() == base::kPoolNodesMax) {
            return malformed(fmt::format("the list has more than {} nodes", base::kPoolNodesMax));
        }
        auto member = parse_node(entry);
        if (!member) {
            return member.error();
        }
        membership.members.push_back(std::move(*member));
    }
    const std::vector<std::string> duplicates = normalize(membership);
    if (!duplicates.empty()) {
        return malformed(fmt::format("node {} is listed twice", quoted(duplicates.front())));
    }
    return membership;
}

// The lines between header and END.
base::Expected<routing::Membership> parse_payload(const std::vector<std::string_view>& lines) {
    if (lines.empty()) {
        return malformed("the answer is empty");
    }
    const auto version = base::parse_unsigned(lines[0], 0, UINT64_MAX);
    if (!version) {
        return malformed(fmt::format("{} is no version", quoted(lines[0])));
    }
    if (lines.size() == 1) {
        return routing::Membership{.members = {}, .source_version = *version};
    }
    auto membership = parse_nodes(lines[1]);
    if (membership) {
        membership->source_version = *version;
    }
    return membership;
}

ElastiCacheAnswer failed(AnswerStatus status, std::string problem) {
    return {.status = status, .membership = {}, .problem = std::move(problem)};
}

ElastiCacheAnswer parse_body(std::string_view body, std::size_t announced_bytes) {
    std::vector<std::string_view> lines;
    std::string_view rest = body;
    while (true) {
        const std::size_t line_offset = body.size() - rest.size();
        const auto line = take_line(rest);
        if (!line) {
            return {};
        }
        if (is_error_line(*line)) {
            return failed(AnswerStatus::refused, std::string("answered ") + quoted(*line));
        }
        if (*line == "END") {
            if (line_offset + kShortfallBytesMax < announced_bytes) {
                return failed(
                    AnswerStatus::malformed,
                    fmt::format("{} bytes were announced, {} came", announced_bytes, line_offset));
            }
            break;
        }
        if (line->empty()) {
            continue;
        }
        if (lines.size() == kPayloadLines) {
            return failed(AnswerStatus::malformed,
                          fmt::format("unexpected line {}", quoted(*line)));
        }
        lines.push_back(*line);
    }
    auto membership = parse_payload(lines);
    if (!membership) {
        return failed(AnswerStatus::malformed, std::move(membership.error().message));
    }
    if (membership->members.empty()) {
        std::string problem = fmt::format("version {} lists no nodes", membership->source_version);
        return {.status = AnswerStatus::no_nodes,
                .membership = std::move(*membership),
                .problem = std::move(problem)};
    }
    return {.status = AnswerStatus::complete, .membership = std::move(*membership), .problem = {}};
}

ElastiCacheAnswer parse_from_header(std::string_view bytes) {
    if (is_tls_record(bytes)) {
        return failed(AnswerStatus::malformed,
                      "the endpoint speaks TLS, which is not supported yet: use one without "
                      "encryption in transit");
    }
    if (bytes.substr(0, kHeaderBytesMax + 1).find('\n') == std::string_view::npos &&
        bytes.size() > kHeaderBytesMax) {
        return failed(AnswerStatus::malformed,
                      fmt::format("the answer starts with {}", quoted(bytes)));
    }
    std::string_view rest = bytes;
    const auto header = take_line(rest);
    if (!header) {
        return {};
    }
    if (is_error_line(*header)) {
        std::string_view words = *header;
        return failed(take_word(words) == "ERROR" ? AnswerStatus::unknown : AnswerStatus::refused,
                      std::string("answered ") + quoted(*header));
    }
    if (*header == "END") {
        return failed(AnswerStatus::unset, "no configuration is set");
    }
    const auto announced_bytes = parse_header(*header);
    if (!announced_bytes) {
        return failed(AnswerStatus::malformed, announced_bytes.error().message);
    }
    return parse_body(rest, *announced_bytes);
}

}  // namespace

ElastiCacheAnswer parse_elasticache_answer(std::string_view bytes) {
    if (bytes.size() > base::kDiscoveryAnswerBytesMax) {
        return failed(AnswerStatus::malformed, fmt::format("the answer is longer than {} bytes",
                                                           base::kDiscoveryAnswerBytesMax));
    }
    return parse_from_header(bytes);
}

}  // namespace ringside::discovery
