// The columns of Redis's table, and the short forms that its rows are written in.
#include "protocol/redis/rows.h"

using namespace ringside::protocol;

constexpr KeyUse kUse{
    .first = "RO access",
    .others = "RO access",
};
constexpr OptionalUse kOption{
    .first_option = 0,
    .options = {},
    .use = "",
};
constexpr KeyUses kUses{
    .use = kUse,
    .option = kOption,
};
constexpr Acl kAcl{
    .categories = 1,
    .is_complete = false,
};
constexpr Twemproxy kKnown{
    .is_known = true,
    .words_max = -1,
};
constexpr RedisColumns kColumns{
    .answer = nullptr,
    .closes = false,
    .served_behind = {},
    .key_rule = KeyRule::range,
    .answers = redis_rows::kString,
    .part_command = "",
    .key_uses = kUses,
    .acl = kAcl,
    .has_subcommands = false,
    .is_subcommand = false,
};
constexpr redis_rows::Form kForm{
    .name = "GETDEL",
    .arity = 2,
    .access = Access::write,
};
constexpr redis_rows::Keys kKeys{
    .first = 1,
    .last = 1,
    .step = 1,
};
constexpr redis_rows::Count kCount{
    .at = 1,
    .key_before = 0,
};
constexpr redis_rows::Split kSplit{
    .merge = Merge::sum,
    .part_command = "",
    .part_per_key = false,
};
constexpr redis_rows::ToAll kToAll{
    .merge = Merge::any,
    .permission = Permission::always,
};
constexpr redis_rows::Traits kTraits{
    .needs_authentication = true,
    .may_change_links = false,
    .needs_facts = false,
    .closes = false,
    .served_behind = {},
};
