#include "protocol/redis/keys.h"

#include "base/limits.h"
#include "base/parse.h"
#include "protocol/command_index.h"

#include <algorithm>
#include <optional>

namespace ringside::protocol {
namespace {

constexpr std::string_view kSyntaxError = "ERR syntax error";
constexpr std::string_view kNotANumber = "ERR value is not an integer or out of range";
constexpr std::string_view kTooManyKeys = "ERR Number of keys can't be greater than number of args";
constexpr std::string_view kFieldArrow = "->";
constexpr std::string_view kBlock =
    "ERR the option BLOCK is refused: it would hold up the other clients of the node";

// The words of one request, while its keys are looked for.
class KeyFinder {
  public:
    KeyFinder(std::string_view bytes, std::span<const Slice> words,
              std::vector<Slice>& keys) noexcept
        : bytes_(bytes), words_(words), keys_(keys) {}

    // ZINTERSTORE destination number-of-keys key ..., or without the destination.
    RedisKeys find_counted(const RedisRow& command) noexcept {
        const auto count_at = static_cast<std::size_t>(command.first_key);
        const auto count = read_count(count_at);
        if (!count || *count == 0 || *count > words_behind(count_at)) {
            keys_.push_back(words_[1]);  // as twemproxy does
            return {.left_to_node = true};
        }
        if (command.last_key > 0) {
            keys_.push_back(words_[static_cast<std::size_t>(command.last_key)]);
        }
        append(count_at + 1, *count);
        return {};
    }

    // EVAL script number-of-keys key ... argument ...
    RedisKeys find_scripted(const RedisRow& command) noexcept {
        const auto count_at = static_cast<std::size_t>(command.first_key);
        const auto count = read_count(count_at);
        if (!count) {
            return {.problem = kNotANumber};
        }
        if (*count == 0) {
            return {.are_none = true};
        }
        if (*count > words_behind(count_at)) {
            return {.problem = kTooManyKeys};
        }
        append(count_at + 1, *count);
        return {};
    }

    // GEORADIUS key longitude latitude radius unit [... STORE key | STOREDIST key]. The options
    // begin behind the unit, so what comes before it is never taken for one. The last one counts.
    RedisKeys find_stored(const RedisRow& command) noexcept {
        keys_.push_back(words_[static_cast<std::size_t>(command.first_key)]);
        const Slice* destination = nullptr;
        for (auto i = static_cast<std::size_t>(command.words_min); i + 1 < words_.size(); ++i) {
            if (is_redis_option(word(i), "STORE") || is_redis_option(word(i), "STOREDIST")) {
                destination = &words_[++i];
            }
        }
        add(destination);
        return {};
    }

    // SORT key [BY pattern] [LIMIT offset count] [GET pattern ...] [ASC | DESC] [ALPHA] [STORE key]
    RedisKeys find_sorted(const RedisRow& command) noexcept {
        keys_.push_back(words_[static_cast<std::size_t>(command.first_key)]);
        // Known only at the end, and the patterns go behind it.
        const std::size_t destination_at = keys_.size();
        const Slice* destination = nullptr;
        for (std::size_t i = 2; i + 1 < words_.size(); ++i) {
            if (is_redis_option(word(i), "LIMIT")) {
                i += 2;
            } else if (is_redis_option(word(i), "STORE")) {
                destination = &words_[++i];
            } else if (is_redis_option(word(i), "BY") || is_redis_option(word(i), "GET")) {
                add_pattern(words_[++i]);
            }
        }
        const std::size_t patterns = keys_.size() - destination_at;
        if (destination != nullptr) {
            keys_.insert(keys_.begin() + static_cast<std::ptrdiff_t>(destination_at), *destination);
        }
        return {.patterns = patterns};
    }

    // XREAD [COUNT n] STREAMS key ... id ...
    // XREADGROUP GROUP group consumer [COUNT n] [NOACK] STREAMS key ... id ...
    RedisKeys find_streams() noexcept {
        std::size_t at = 1;
        while (at < words_.size() && !is_redis_option(word(at), "STREAMS")) {
            const auto words = option_words(word(at));
            if (!words) {
                return {.problem = is_redis_option(word(at), "BLOCK") ? kBlock : kSyntaxError};
            }
            at += *words;
        }
        const std::size_t behind = words_behind(at);
        if (behind == 0 || behind % 2 != 0) {
            return {.problem = kSyntaxError};
        }
        append(at + 1, behind / 2);
        return {};
    }

  private:
    // Of XREAD and XREADGROUP, with their arguments.
    static std::optional<std::size_t> option_words(std::string_view option) noexcept {
        if (is_redis_option(option, "COUNT")) {
            return 2;
        }
        if (is_redis_option(option, "GROUP")) {
            return 3;
        }
        return is_redis_option(option, "NOACK") ? std::optional<std::size_t>(1) : std::nullopt;
    }

    std::optional<std::uint64_t> read_count(std::size_t at) const noexcept {
        return base::parse_unsigned(word(at), 0, base::kKeysPerRequestMax);
    }

    std::size_t words_behind(std::size_t index) const noexcept {
        return words_.size() - std::min(index + 1, words_.size());
    }

    void append(std::size_t first, std::size_t count) noexcept {
        const auto begin = words_.begin() + static_cast<std::ptrdiff_t>(first);
        keys_.insert(keys_.end(), begin, begin + static_cast<std::ptrdiff_t>(count));
    }

    std::string_view word(std::size_t index) const noexcept { return words_[index].of(bytes_); }

    void add(const Slice* key) noexcept {
        if (key != nullptr) {
            keys_.push_back(*key);
        }
    }

    // Of a BY or GET of SORT (Redis: sort.c, lookupKeyByPattern). Without an asterisk it names no
    // key: BY leaves the order as it is, GET gives nothing, but for "#", the element itself. What
    // stands behind "->" is a field of a hash.
    void add_pattern(Slice pattern) noexcept {
        const std::string_view text = pattern.of(bytes_);
        const std::size_t asterisk = text.find('*');
        if (asterisk == std::string_view::npos) {
            return;
        }
        const std::size_t arrow = text.find(kFieldArrow, asterisk);
        // An arrow at the end belongs to the key.
        if (arrow != std::string_view::npos && arrow + kFieldArrow.size() < text.size()) {
            pattern.size = static_cast<std::uint32_t>(arrow);
        }
        keys_.push_back(pattern);
    }

    const std::string_view bytes_;
    const std::span<const Slice> words_;
    std::vector<Slice>& keys_;
};

// Most requests are of this kind.
void append_range(const RedisRow& command, std::span<const Slice> words,
                  std::vector<Slice>& keys) noexcept {
    const auto count = static_cast<std::int32_t>(words.size());
    const std::int32_t last = command.last_key < 0 ? count + command.last_key : command.last_key;
    for (std::int32_t i = command.first_key; i <= last; i += command.key_step) {
        keys.push_back(words[static_cast<std::size_t>(i)]);
    }
}

}  // namespace

bool is_redis_option(std::string_view word, std::string_view option) noexcept {
    return same_without_case(word, option);
}

RedisKeys find_redis_keys(const RedisRow& command, std::string_view bytes,
                          std::span<const Slice> words, std::vector<Slice>& keys) noexcept {
    KeyFinder finder(bytes, words, keys);
    switch (command.key_rule) {
        case KeyRule::range:
            if (command.first_key != 0) {
                append_range(command, words, keys);
            }
            return {};
        case KeyRule::counted:
            return finder.find_counted(command);
        case KeyRule::scripted:
            return finder.find_scripted(command);
        case KeyRule::stored:
            return finder.find_stored(command);
        case KeyRule::sorted:
            return finder.find_sorted(command);
        case KeyRule::streams:
            return finder.find_streams();
    }
    return {};
}

}  // namespace ringside::protocol
