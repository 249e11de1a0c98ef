// Files that list nodes: whatever bytes they hold, a usable list or an error that names the file.
#include "config/node_list.h"

#include "base/check.h"
#include "base/limits.h"
#include "config/text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using ringside::routing::Member;

bool is_forbidden(std::string_view host) {
    return host == "0.0.0.0";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto list = ringside::config::parse_node_list(text, "n.yml", is_forbidden);
    if (!list) {
        CHECK(list.error().message.starts_with("n.yml:"));
        return 0;
    }
    const auto& members = list->members;
    CHECK(!members.empty() && members.size() <= ringside::base::kPoolNodesMax);
    const auto not_ascending = [](const Member& a, const Member& b) {
        return !ringside::routing::ring_name_less(a.name, b.name);
    };
    CHECK(std::adjacent_find(members.begin(), members.end(), not_ascending) == members.end());
    for (const Member& member : members) {
        CHECK(!ringside::config::has_control_character(member.name));
        CHECK(!member.address.host.empty() && !is_forbidden(member.address.host));
        CHECK(member.address.is_unix() == (member.address.port == 0) && member.weight >= 1);
    }
    return 0;
}
