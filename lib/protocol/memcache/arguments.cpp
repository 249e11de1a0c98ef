#include "protocol/memcache/arguments.h"

#include "protocol/memcache/texts.h"
#include "protocol/memcache/words.h"

#include <algorithm>
#include <cstdint>

namespace ringside::protocol {
namespace {

constexpr std::uint64_t kFlagsMax = UINT32_MAX;

// nc_memcache.c takes any digits for a number, and leaves it to the node to refuse too many.
bool is_number_to_twemproxy(std::string_view word) noexcept {
    return !word.empty() &&
           std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Also a minus alone.
bool is_signed_number_to_twemproxy(std::string_view word) noexcept {
    return word == "-" || is_number_to_twemproxy(word.substr(word.starts_with('-') ? 1 : 0));
}

// The words of one request under the rules; lives for one call.
class ArgumentRules {
  public:
    ArgumentRules(std::span<const Slice> words, std::string_view bytes, bool strict) noexcept
        : words_(words), bytes_(bytes), strict_(strict) {}

    std::size_t count() const noexcept { return words_.size(); }
    std::string_view word(std::size_t index) const noexcept { return words_[index].of(bytes_); }
    std::string_view last() const noexcept { return words_.back().of(bytes_); }
    bool is_number(std::size_t index, std::uint64_t max) const noexcept {
        return parse_number(word(index), max).has_value();
    }

    ArgumentCheck demand(bool valid, std::string_view answer) const noexcept {
        return {valid ? Reject::none : Reject::bad_arguments, answer, false, count()};
    }
    ArgumentCheck check_storage(bool with_unique) const noexcept;
    ArgumentCheck demand_number(bool valid, std::string_view answer) const noexcept;
    ArgumentCheck check_old_zero() const noexcept;
    ArgumentCheck drop() const noexcept;
    ArgumentCheck refuse(std::string_view answer) const noexcept;

  private:
    const std::span<const Slice> words_;
    const std::string_view bytes_;
    const bool strict_;
};

ArgumentCheck ArgumentRules::check_storage(bool with_unique) const noexcept {
    const std::string_view exptime = word(3);
    ArgumentCheck check = demand(is_number(2, kFlagsMax) && is_exptime(exptime) &&
                                     !(strict_ && exptime.starts_with('-')) &&
                                     (!with_unique || is_number(5, UINT64_MAX)),
                                 kBadFormat);
    if (check.reject != Reject::none) {
        const auto numbers = words_.subspan(2);
        check.answered_if_strict = std::all_of(
            numbers.begin(), numbers.end(),
            [this](const Slice& number) { return is_number_to_twemproxy(number.of(bytes_)); });
    }
    return check;
}

// Behind the key.
ArgumentCheck ArgumentRules::demand_number(bool valid, std::string_view answer) const noexcept {
    ArgumentCheck check = demand(valid, answer);
    check.answered_if_strict = !valid && is_signed_number_to_twemproxy(word(2));
    return check;
}

// Old clients send `delete <key> 0`; memcached accepts that number and no other.
ArgumentCheck ArgumentRules::check_old_zero() const noexcept {
    const bool is_old_form = count() == 3 && last() == "0" && !strict_;
    ArgumentCheck check = demand(count() == 2 || is_old_form, kBadDelete);
    check.words_sent = 2;
    return check;
}

ArgumentCheck ArgumentRules::drop() const noexcept {
    ArgumentCheck check = demand(count() == 1 || !strict_, kError);
    check.words_sent = 1;
    return check;
}

// `noreply` is no group of statistics, and memcached says so.
ArgumentCheck ArgumentRules::refuse(std::string_view answer) const noexcept {
    return {count() == 1 ? Reject::none : Reject::refused_command,
            last() == kNoReply ? kError : answer, false, count()};
}

}  // namespace

ArgumentCheck check_arguments(const MemcacheRow& command, std::span<const Slice> words,
                              std::string_view bytes, bool strict_twemproxy) noexcept {
    const ArgumentRules rules(words, bytes, strict_twemproxy);
    switch (command.arguments) {
        case Arguments::any:
        case Arguments::keys:
            break;
        case Arguments::exptime_and_keys:
            return rules.demand(is_exptime(rules.word(1)), kBadExptime);
        case Arguments::storage:
            return rules.check_storage(false);
        case Arguments::storage_unique:
            return rules.check_storage(true);
        case Arguments::delta:
            return rules.demand_number(rules.is_number(2, UINT64_MAX), kBadDelta);
        case Arguments::exptime:
            return rules.demand_number(is_exptime(rules.word(2)), kBadExptime);
        case Arguments::old_zero:
            return rules.check_old_zero();
        case Arguments::delay:
            return rules.demand(rules.count() == 1 || is_exptime(rules.last()), kBadExptime);
        case Arguments::level:
            return rules.demand(rules.is_number(1, UINT32_MAX), kBadFormat);
        case Arguments::dropped:
            return rules.drop();
        case Arguments::refused:
            return rules.refuse(command.local.text);
    }
    return rules.demand(true, {});
}

}  // namespace ringside::protocol
