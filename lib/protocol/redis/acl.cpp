#include "protocol/redis/acl.h"

#include "protocol/command_index.h"

namespace ringside::protocol {

AclCategories find_acl_category(std::string_view name) noexcept {
    for (std::size_t i = 0; i < kAclCategories.size(); ++i) {
        if (same_without_case(name, kAclCategories[i])) {
            return AclCategories{1} << i;
        }
    }
    return 0;
}

}  // namespace ringside::protocol
