// Framing of memcached requests: one line, and for storage commands a data block behind it.
#include "base/limits.h"
#include "protocol/foreign.h"
#include "protocol/memcache/codec.h"
#include "protocol/memcache/commands.h"
#include "protocol/memcache/words.h"
#include "protocol/wire_text.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace ringside::protocol {
namespace {

// memcached's own words (memcached.c, proto_text.c), which clients match on.
constexpr std::string_view kError = "ERROR\r\n";
constexpr std::string_view kBadFormat = "CLIENT_ERROR bad command line format\r\n";
constexpr std::string_view kBadDelete =
    "CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]\r\n";
constexpr std::string_view kBadDelta = "CLIENT_ERROR invalid numeric delta argument\r\n";
constexpr std::string_view kBadExptime = "CLIENT_ERROR invalid exptime argument\r\n";
constexpr std::string_view kBadData = "CLIENT_ERROR bad data chunk\r\n";
constexpr std::string_view kNoShutdown = "ERROR: shutdown not enabled\r\n";
constexpr std::string_view kTooLarge = "SERVER_ERROR object too large for cache\r\n";
// memcached has no words for these two: it closes without any.
constexpr std::string_view kLineTooLong = "CLIENT_ERROR line too long\r\n";
constexpr std::string_view kTooManyKeys = "CLIENT_ERROR too many keys\r\n";
// What memcached would do, but a pool cannot.
constexpr std::string_view kOneNode =
    "CLIENT_ERROR this command concerns one node of the pool: send it to the node itself\r\n";
constexpr std::string_view kStatsArguments =
    "CLIENT_ERROR stats with arguments concerns one node of the pool: ask the node itself, or the "
    "admin API of the proxy (GET /pools)\r\n";

// No command but the retrievals has more words than this, and one more tells that there are too
// many.
constexpr std::size_t kWordsMax = 8;

constexpr std::uint64_t kFlagsMax = UINT32_MAX;

std::string_view word(const RequestFrame& frame, std::string_view bytes, std::size_t index) {
    return frame.words[index].of(bytes);
}

Slice slice(std::size_t begin, std::size_t end) noexcept {
    return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)};
}

// A 64-bit number with an optional minus. A negative expiry time means "expired at once".
bool is_exptime(std::string_view word) noexcept {
    if (word.starts_with('-')) {
        return parse_number(word.substr(1), std::uint64_t{1} << 63).has_value();
    }
    return parse_number(word, INT64_MAX).has_value();
}

// nc_memcache.c takes any digits for a number, and leaves it to the node to refuse too many.
bool is_number_to_twemproxy(std::string_view word) noexcept {
    return !word.empty() &&
           std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Also a minus alone.
bool is_signed_number_to_twemproxy(std::string_view word) noexcept {
    return word == "-" || is_number_to_twemproxy(word.substr(word.starts_with('-') ? 1 : 0));
}

// The answer to a command that never reaches a node.
constexpr std::string_view refusal(MemcacheCommand command) noexcept {
    if (command == MemcacheCommand::one_node) {
        return kOneNode;
    }
    return command == MemcacheCommand::shutdown ? kNoShutdown : kError;
}

bool is_key(std::string_view word) noexcept {
    return word.size() <= base::kMemcacheKeyBytesMax && end_of_key(word, 0) == word.size();
}

// One attempt to frame the request at the start of the bytes; lives for one call.
class RequestFramer {
  public:
    RequestFramer(std::string_view bytes, const RequestLimits& limits, Resume& resume,
                  RequestFrame& frame) noexcept
        : bytes_(bytes), limits_(limits), resume_(resume), frame_(frame) {}

    void run() noexcept;

  private:
    bool find_line() noexcept;
    void frame_retrieval(std::size_t offset) noexcept;
    bool take_exptime(std::size_t& offset) noexcept;
    void frame_other(std::size_t offset) noexcept;
    void split_words(std::size_t offset) noexcept;
    bool measure_block() noexcept;
    bool take_last_word() noexcept;
    bool take_key() noexcept;
    bool check_arguments() noexcept;
    bool check_storage() noexcept;
    bool check_delete() noexcept;
    bool block_has_arrived() noexcept;
    std::string_view last_word() const noexcept { return frame_.words.back().of(bytes_); }
    void complete() noexcept;
    bool demand(bool valid, std::string_view answer) noexcept;
    bool demand_number(bool valid, std::string_view answer) noexcept;
    bool refuse(Reject why, std::string_view answer) noexcept;
    bool refuse_value() noexcept;
    void refuse_and_close(Reject why, std::string_view answer) noexcept;

    const std::string_view bytes_;
    const RequestLimits& limits_;
    Resume& resume_;
    RequestFrame& frame_;

    const MemcacheRow* command_ = nullptr;
    std::string_view line_;        // without its end
    bool ends_in_crlf_ = false;    // else in a bare LF, which memcached accepts too
    std::size_t line_bytes_ = 0;   // with its end
    std::size_t block_bytes_ = 0;  // of the value, without its CRLF
    std::size_t frame_bytes_ = 0;  // line and block
};

void RequestFramer::run() noexcept {
    if (!find_line()) {
        return;
    }
    if (limits_.strict_twemproxy && !ends_in_crlf_) {
        // nc_memcache.c closes on a LF, but for one within a key, where it waits for more.
        refuse(Reject::bad_data, kError);
        return;
    }
    std::size_t offset = 0;
    while (offset < line_.size() && line_[offset] == ' ') {
        ++offset;
    }
    const std::size_t end = end_of_key(line_, offset);
    if (end == line_.size() || line_[end] == ' ') {
        command_ = kMemcacheIndex.find(line_.substr(offset, end - offset));
    }
    if (command_ == nullptr) {
        refuse(Reject::unknown_command, kError);
        return;
    }
    frame_.words.push_back(slice(offset, end));
    if (command_->merge == Merge::values) {
        frame_retrieval(end);
    } else {
        frame_other(end);
    }
}

bool RequestFramer::find_line() noexcept {
    if (bytes_.empty()) {
        return false;
    }
    // Commands are lower case: everything else is worth a closer look.
    if (bytes_.front() < 'a' || bytes_.front() > 'z') {
        if (const std::size_t prefix_bytes = foreign_prefix_bytes(bytes_); prefix_bytes != 0) {
            frame_bytes_ = prefix_bytes;
            refuse_and_close(Reject::foreign, {});
            return false;
        }
    }
    const std::size_t searched_bytes = std::min(bytes_.size(), base::kLineBytesMax);
    const std::size_t from = std::min(resume_.scanned_bytes, searched_bytes);
    const void* found = std::memchr(bytes_.data() + from, '\n', searched_bytes - from);
    if (found == nullptr) {
        if (searched_bytes == base::kLineBytesMax) {
            frame_bytes_ = searched_bytes;
            refuse_and_close(Reject::too_long, kLineTooLong);
        } else {
            resume_.scanned_bytes = searched_bytes;
            resume_.need_bytes = searched_bytes + 1;
        }
        return false;
    }
    const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - bytes_.data());
    resume_.scanned_bytes = end;
    line_ = bytes_.substr(0, end);
    ends_in_crlf_ = line_.ends_with('\r');
    if (ends_in_crlf_) {
        line_.remove_suffix(1);
    }
    line_bytes_ = frame_bytes_ = end + 1;
    return true;
}

// The hot path. Keys are split and checked in one pass.
void RequestFramer::frame_retrieval(std::size_t offset) noexcept {
    if (command_->first_key == 2 && !take_exptime(offset)) {
        return;
    }
    while (true) {
        while (offset < line_.size() && line_[offset] == ' ') {
            ++offset;
        }
        if (offset == line_.size()) {
            break;
        }
        const std::size_t end = end_of_key(line_, offset);
        if ((end < line_.size() && line_[end] != ' ') ||
            end - offset > base::kMemcacheKeyBytesMax) {
            refuse(Reject::bad_key, kBadFormat);
            return;
        }
        if (frame_.keys.size() == base::kKeysPerRequestMax) {
            refuse(Reject::too_long, kTooManyKeys);
            return;
        }
        frame_.words.push_back(slice(offset, end));
        frame_.keys.push_back(frame_.words.back());
        offset = end;
    }
    if (frame_.keys.empty()) {
        refuse(Reject::bad_arguments, kError);
        return;
    }
    complete();
}

// What gat has before its keys. Moves `offset` behind it.
bool RequestFramer::take_exptime(std::size_t& offset) noexcept {
    const std::size_t begin = std::min(line_.find_first_not_of(' ', offset), line_.size());
    offset = std::min(line_.find(' ', begin), line_.size());
    if (begin == line_.size()) {
        return refuse(Reject::bad_arguments, kError);
    }
    frame_.words.push_back(slice(begin, offset));
    return demand(is_exptime(line_.substr(begin, offset - begin)), kBadExptime);
}

void RequestFramer::frame_other(std::size_t offset) noexcept {
    split_words(offset);
    if (!measure_block()) {
        return;
    }
    if (command_->route == Route::refused) {
        frame_.no_reply = last_word() == kNoReply;
        refuse(Reject::refused_command, refusal(memcache_id(*command_)));
        return;
    }
    const auto count = static_cast<std::int32_t>(frame_.words.size());
    if (count < command_->words_min || (command_->words_max >= 0 && count > command_->words_max)) {
        refuse(Reject::bad_arguments, kError);
        return;
    }
    if (take_last_word() && take_key() && check_arguments() && block_has_arrived()) {
        complete();
    }
}

// Any bytes but spaces make a word here; what a word may contain depends on its position.
void RequestFramer::split_words(std::size_t offset) noexcept {
    while (frame_.words.size() < kWordsMax) {
        offset = line_.find_first_not_of(' ', offset);
        if (offset == std::string_view::npos) {
            return;
        }
        const std::size_t end = std::min(line_.find(' ', offset), line_.size());
        frame_.words.push_back(slice(offset, end));
        offset = end;
    }
}

// Finds out how many bytes belong to this request before anything else is judged, so that even a
// refused one can be dropped as a whole.
bool RequestFramer::measure_block() noexcept {
    const std::size_t index = block_length_word(memcache_id(*command_));
    if (index == 0) {
        return true;
    }
    const auto length = index < frame_.words.size()
                            ? parse_number(word(frame_, bytes_, index), UINT64_MAX)
                            : std::nullopt;
    if (!length) {
        const bool refused = command_->route == Route::refused;
        const bool too_short = frame_.words.size() <= index;
        refuse_and_close(refused ? Reject::refused_command : Reject::bad_arguments,
                         refused || too_short ? kError : kBadFormat);
        return false;
    }
    if (*length > base::kSwallowBytesMax) {
        refuse_and_close(Reject::too_large, kTooLarge);
        return false;
    }
    block_bytes_ = static_cast<std::size_t>(*length);
    frame_bytes_ = line_bytes_ + block_bytes_ + kCrlf.size();
    return true;
}

// Removes what the node is not to see: `noreply`, as the last word, or the word that memcached
// ignores in its place. Requires a valid word count.
bool RequestFramer::take_last_word() noexcept {
    const auto count = static_cast<std::int32_t>(frame_.words.size());
    const bool optional = command_->words_max > command_->words_min;
    if (optional && count > command_->first_key + 1 && last_word() == kNoReply) {
        frame_.no_reply = true;
        frame_.words.pop_back();
        // Else it stands where an argument should be.
        return demand(count > command_->words_min, kBadFormat);
    }
    if (optional && count == command_->words_max &&
        memcache_id(*command_) != MemcacheCommand::delete_key) {
        frame_.words.pop_back();
        return demand(!limits_.strict_twemproxy, kBadFormat);
    }
    return true;
}

bool RequestFramer::take_key() noexcept {
    if (command_->first_key == 0) {
        return true;
    }
    if (!is_key(word(frame_, bytes_, 1))) {
        return refuse(Reject::bad_key, kBadFormat);
    }
    frame_.keys.push_back(frame_.words[1]);
    return true;
}

bool RequestFramer::check_arguments() noexcept {
    const std::size_t count = frame_.words.size();
    switch (memcache_id(*command_)) {
        case MemcacheCommand::set:
        case MemcacheCommand::add:
        case MemcacheCommand::replace:
        case MemcacheCommand::append:
        case MemcacheCommand::prepend:
        case MemcacheCommand::cas:
            return check_storage();
        case MemcacheCommand::incr:
        case MemcacheCommand::decr:
            return demand_number(parse_number(word(frame_, bytes_, 2), UINT64_MAX).has_value(),
                                 kBadDelta);
        case MemcacheCommand::touch:
            return demand_number(is_exptime(word(frame_, bytes_, 2)), kBadExptime);
        case MemcacheCommand::delete_key:
            return check_delete();
        case MemcacheCommand::flush_all:
            return demand(count == 1 || is_exptime(last_word()), kBadExptime);
        case MemcacheCommand::verbosity:
            return demand(parse_number(last_word(), UINT32_MAX).has_value(), kBadFormat);
        case MemcacheCommand::stats:
            // `noreply` is no group of statistics, and memcached says so.
            return count == 1 || refuse(Reject::refused_command,
                                        last_word() == kNoReply ? kError : kStatsArguments);
        case MemcacheCommand::version:
            frame_.words.resize(1);  // memcached ignores the rest
            return demand(count == 1 || !limits_.strict_twemproxy, kError);
        case MemcacheCommand::get:
        case MemcacheCommand::gets:
        case MemcacheCommand::gat:
        case MemcacheCommand::gats:
        case MemcacheCommand::quit:
        case MemcacheCommand::meta_set:
        case MemcacheCommand::meta:
        case MemcacheCommand::shutdown:
        case MemcacheCommand::one_node:
            break;  // framed elsewhere, refused already, or free to have any arguments
    }
    return true;
}

bool RequestFramer::check_storage() noexcept {
    const std::string_view exptime = word(frame_, bytes_, 3);
    const bool valid = parse_number(word(frame_, bytes_, 2), kFlagsMax) && is_exptime(exptime) &&
                       !(limits_.strict_twemproxy && exptime.starts_with('-')) &&
                       (memcache_id(*command_) != MemcacheCommand::cas ||
                        parse_number(word(frame_, bytes_, 5), UINT64_MAX));
    if (!valid) {
        const auto numbers = std::span(frame_.words).subspan(2);
        frame_.answered_if_strict = std::all_of(
            numbers.begin(), numbers.end(),
            [this](const Slice& number) { return is_number_to_twemproxy(number.of(bytes_)); });
        return refuse(Reject::bad_arguments, kBadFormat);
    }
    return block_bytes_ <= std::min(limits_.value_bytes_max, base::kValueBytesMaxCeiling) ||
           refuse_value();
}

// Old clients send `delete <key> 0`; memcached accepts that number and no other.
bool RequestFramer::check_delete() noexcept {
    if (frame_.words.size() == 2) {
        return true;
    }
    const bool valid = frame_.words.size() == 3 && last_word() == "0";
    if (!demand(valid && !limits_.strict_twemproxy, kBadDelete)) {
        return false;
    }
    frame_.words.pop_back();
    return true;
}

bool RequestFramer::block_has_arrived() noexcept {
    if (frame_bytes_ == line_bytes_) {
        return true;
    }
    if (bytes_.size() < frame_bytes_) {
        resume_.need_bytes = frame_bytes_;
        return false;
    }
    if (bytes_.substr(frame_bytes_ - kCrlf.size(), kCrlf.size()) != kCrlf) {
        refuse_and_close(Reject::bad_data, kBadData);
        return false;
    }
    return true;
}

void RequestFramer::complete() noexcept {
    frame_.status = RequestStatus::complete;
    frame_.command = command_;
    frame_.size = frame_bytes_;
    // Words are separated by at least one space each, so equal length means canonical form.
    std::size_t canonical_bytes = kCrlf.size() - 1;
    for (const Slice& each : frame_.words) {
        canonical_bytes += each.size + std::size_t{1};
    }
    frame_.verbatim = ends_in_crlf_ && line_bytes_ == canonical_bytes;
}

bool RequestFramer::demand(bool valid, std::string_view answer) noexcept {
    return valid || refuse(Reject::bad_arguments, answer);
}

// Of incr, decr and touch, behind the key.
bool RequestFramer::demand_number(bool valid, std::string_view answer) noexcept {
    frame_.answered_if_strict = !valid && is_signed_number_to_twemproxy(word(frame_, bytes_, 2));
    return demand(valid, answer);
}

// memcached removes the old value when the new one of a set is too large (proto_text.c,
// process_update_command: "Avoid stale data persisting in cache"), and so does the pool. The other
// storage commands leave it.
bool RequestFramer::refuse_value() noexcept {
    if (memcache_id(*command_) != MemcacheCommand::set) {
        return refuse(Reject::too_large, kTooLarge);
    }
    static constexpr const MemcacheRow* kDelete = kMemcacheIndex.find("delete");
    const Slice key = frame_.keys[0];
    const Slice name = frame_.words[0];
    refuse(Reject::too_large, kTooLarge);
    frame_.command = kDelete;
    frame_.words = {name, key};
    frame_.keys = {key};
    frame_.verbatim = false;
    frame_.no_reply = true;
    return false;
}

// Returns false for the sake of its callers, which return it.
bool RequestFramer::refuse(Reject why, std::string_view answer) noexcept {
    frame_.status = RequestStatus::rejected;
    frame_.words.clear();
    frame_.keys.clear();
    frame_.reject = why;
    frame_.size = frame_bytes_;
    if (!frame_.no_reply) {
        frame_.answer = answer;
    }
    return false;
}

void RequestFramer::refuse_and_close(Reject why, std::string_view answer) noexcept {
    refuse(why, answer);
    frame_.close = true;
}

}  // namespace

void MemcacheClientCodec::frame_request(std::string_view bytes, const RequestLimits& limits,
                                        Resume& resume, RequestFrame& frame) const noexcept {
    frame.reset();
    if (bytes.size() < resume.need_bytes) {
        return;
    }
    RequestFramer(bytes, limits, resume, frame).run();
    if (frame.status == RequestStatus::need_more) {
        frame.reset();  // nothing of an attempt that has not ended
    }
}

}  // namespace ringside::protocol
