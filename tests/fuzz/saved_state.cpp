// The saved state: whatever bytes a file has, values that can be used or a reason in one line; and
// what is written is read again. A body without a head gets one, as no fuzzer guesses a checksum.
#include "base/check.h"
#include "base/limits.h"
#include "base/md5.h"
#include "config/text.h"
#include "discovery/node_address.h"
#include "discovery/saved_state_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using ringside::discovery::SavedState;
using ringside::routing::Member;

void check_members(const std::vector<Member>& members) {
    CHECK(!members.empty() && members.size() <= ringside::base::kPoolNodesMax);
    const auto not_ascending = [](const Member& a, const Member& b) {
        return !ringside::routing::ring_name_less(a.name, b.name);
    };
    CHECK(std::adjacent_find(members.begin(), members.end(), not_ascending) == members.end());
    for (const Member& member : members) {
        CHECK(!member.name.empty() && !ringside::config::has_control_character(member.name));
        CHECK(!member.address.host.empty());
        CHECK(!ringside::discovery::is_forbidden_ip(member.address.host));
        CHECK(member.address.is_unix() == (member.address.port == 0) && member.weight >= 1);
    }
}

void check(std::string_view text) {
    const auto state = ringside::discovery::parse_saved_state(text);
    if (!state) {
        CHECK(!state.error().message.empty());
        CHECK(!ringside::config::has_control_character(state.error().message));
        return;
    }
    for (const auto& pool : state->pools) {
        CHECK(!pool.name.empty());
        if (pool.list) {
            check_members(pool.list->membership.members);
        }
    }
    const auto again = ringside::discovery::parse_saved_state(saved_state_text(*state, "fuzz"));
    CHECK(again && *again == *state);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check(text);
    std::string sum;
    for (const std::uint8_t byte : ringside::base::md5(text)) {
        sum += fmt::format("{:02x}", byte);
    }
    check(fmt::format("ringside-state 1 {}\n{}", sum, text));
    return 0;
}
