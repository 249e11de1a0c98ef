#include "protocol/redis/key_uses.h"

#include "protocol/redis/keys.h"

#include <algorithm>

namespace ringside::protocol {

KeyUse find_key_use(const RedisRow& command, std::string_view bytes,
                    std::span<const Slice> words) noexcept {
    const OptionalUse& optional = command.key_uses.option;
    if (optional.use.empty()) {
        return command.key_uses.use;
    }
    const auto options = words.subspan(std::min(optional.first_option, words.size()));
    const bool has_one = std::any_of(options.begin(), options.end(), [&](const Slice& word) {
        return is_redis_option(word.of(bytes), optional.options[0]) ||
               is_redis_option(word.of(bytes), optional.options[1]);
    });
    return has_one ? KeyUse{optional.use, {}} : command.key_uses.use;
}

}  // namespace ringside::protocol
