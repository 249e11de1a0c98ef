#include "routing/fingerprint.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace ringside::routing {
namespace {

// FNV-1a of 64 bits (draft-eastlake-fnv, 5). Not hash_key(): twemproxy's is cut to 32 bits.
constexpr std::uint64_t kOffsetBasis = 0xcbf29ce484222325;
constexpr std::uint64_t kPrime = 0x100000001b3;

std::uint64_t fnv1a(std::string_view text) noexcept {
    std::uint64_t hash = kOffsetBasis;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= kPrime;
    }
    return hash;
}

// Its length goes before it, so that no text can be mistaken for two.
void add_text(std::string& to, std::string_view text) {
    fmt::format_to(std::back_inserter(to), "{}:{}\n", text.size(), text);
}

}  // namespace

std::string fingerprint_text(const Pool& pool) {
    const PoolPolicy& policy = pool.policy;
    std::string text =
        fmt::format("ring 1\n{} {} ", to_string(policy.distribution), to_string(policy.hash));
    add_text(text, policy.hash_tag == HashTag{}
                       ? std::string_view()
                       : std::string_view(policy.hash_tag.data(), policy.hash_tag.size()));
    for (const PoolNode& each : pool.nodes) {  // in ring_name_less order
        fmt::format_to(std::back_inserter(text), "{} ", each.node.weight);
        add_text(text, each.node.name);
    }
    return text;
}

Fingerprint fingerprint(const Pool& pool) {
    return fnv1a(fingerprint_text(pool));
}

std::string to_hex(Fingerprint fingerprint) {
    return fmt::format("{:016x}", fingerprint);
}

}  // namespace ringside::routing
