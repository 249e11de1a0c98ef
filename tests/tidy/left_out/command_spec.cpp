// What every protocol's row begins with.
#include "protocol/command.h"

constexpr ringside::protocol::CommandSpec kSpec{
    .name = "touch",
    .route = ringside::protocol::Route::by_key,
    .merge = ringside::protocol::Merge::none,
    .part_per_key = false,
    .part = nullptr,
    .access = ringside::protocol::Access::write,
    .command_class = ringside::protocol::CommandClass::write,
    .permission = ringside::protocol::Permission::always,
    .needs_authentication = false,
    .may_change_links = false,
    .needs_facts = false,
    .speaks_for_node = true,
    .words_min = 3,
    .words_max = 4,
    .first_key = 1,
    .last_key = 1,
    .key_step = 1,
    .in_twemproxy = true,
    .twemproxy_words_max = -1,
    .doc = "Changes the time a value expires.",
    .family = "",
};
