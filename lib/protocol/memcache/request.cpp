// Framing of memcached requests: one line, and for storage commands a data block behind it.
#include "base/limits.h"
#include "protocol/foreign.h"
#include "protocol/memcache/arguments.h"
#include "protocol/memcache/codec.h"
#include "protocol/memcache/commands.h"
#include "protocol/memcache/texts.h"
#include "protocol/memcache/words.h"
#include "protocol/wire_text.h"

#include <algorithm>
#include <cstring>

namespace ringside::protocol {
namespace {

// No command but the retrievals has more words than this, and one more tells that there are too
// many.
constexpr std::size_t kWordsMax = 8;
static_assert(std::all_of(kMemcacheCommands.begin(), kMemcacheCommands.end(),
                          [](const MemcacheRow& row) {
                              return row.words_max < static_cast<std::int32_t>(kWordsMax);
                          }));

std::string_view word(const RequestFrame& frame, std::string_view bytes, std::size_t index) {
    return frame.words[index].of(bytes);
}

Slice slice(std::size_t begin, std::size_t end) noexcept {
    return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)};
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
    bool take_words_before_keys(std::size_t& offset) noexcept;
    void frame_other(std::size_t offset) noexcept;
    void split_words(std::size_t offset) noexcept;
    bool measure_block() noexcept;
    bool take_last_word() noexcept;
    bool take_key() noexcept;
    bool check_arguments() noexcept;
    bool check_value() noexcept;
    bool block_has_arrived() noexcept;
    std::string_view last_word() const noexcept { return frame_.words.back().of(bytes_); }
    void complete() noexcept;
    bool demand(bool valid, std::string_view answer) noexcept;
    bool refuse(Reject why, std::string_view answer) noexcept;
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
    if (command_->route == Route::by_each_key) {
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
    if (command_->first_key > 1 && !take_words_before_keys(offset)) {
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

// Moves `offset` behind them: the time of gat.
bool RequestFramer::take_words_before_keys(std::size_t& offset) noexcept {
    for (std::int8_t i = 1; i < command_->first_key; ++i) {
        const std::size_t begin = std::min(line_.find_first_not_of(' ', offset), line_.size());
        if (begin == line_.size()) {
            return refuse(Reject::bad_arguments, kError);
        }
        offset = std::min(line_.find(' ', begin), line_.size());
        frame_.words.push_back(slice(begin, offset));
    }
    return check_arguments();
}

void RequestFramer::frame_other(std::size_t offset) noexcept {
    split_words(offset);
    if (!measure_block()) {
        return;
    }
    if (command_->route == Route::refused) {
        frame_.no_reply = last_word() == kNoReply;
        refuse(Reject::refused_command, command_->local.text);
        return;
    }
    const auto count = static_cast<std::int32_t>(frame_.words.size());
    if (count < command_->words_min || (command_->words_max >= 0 && count > command_->words_max)) {
        refuse(Reject::bad_arguments, kError);
        return;
    }
    if (take_last_word() && take_key() && check_arguments() && check_value() &&
        block_has_arrived()) {
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
    const auto index = static_cast<std::size_t>(command_->block_length_word);
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
    if (command_->last_word == LastWord::argument) {
        return true;
    }
    if (count > command_->first_key + 1 && last_word() == kNoReply) {
        frame_.no_reply = true;
        frame_.words.pop_back();
        // Else it stands where an argument should be.
        return demand(count > command_->words_min, kBadFormat);
    }
    if (count == command_->words_max && command_->last_word == LastWord::noreply_or_ignored) {
        frame_.words.pop_back();
        return demand(!limits_.strict_twemproxy, kBadFormat);
    }
    return true;
}

bool RequestFramer::take_key() noexcept {
    if (command_->first_key == 0) {
        return true;
    }
    const auto index = static_cast<std::size_t>(command_->first_key);
    if (!is_key(word(frame_, bytes_, index))) {
        return refuse(Reject::bad_key, kBadFormat);
    }
    frame_.keys.push_back(frame_.words[index]);
    return true;
}

bool RequestFramer::check_arguments() noexcept {
    const ArgumentCheck check =
        protocol::check_arguments(*command_, frame_.words, bytes_, limits_.strict_twemproxy);
    if (check.reject != Reject::none) {
        frame_.answered_if_strict = check.answered_if_strict;
        return refuse(check.reject, check.answer);
    }
    frame_.words.resize(check.words_sent);
    return true;
}

// Refuses a value that is too large, and lets the key have what the row says instead.
bool RequestFramer::check_value() noexcept {
    if (block_bytes_ <= std::min(limits_.value_bytes_max, base::kValueBytesMaxCeiling)) {
        return true;
    }
    const Slice key = frame_.keys[0];
    const Slice name = frame_.words[0];
    refuse(Reject::too_large, kTooLarge);
    if (!command_->too_large_entails.empty()) {
        frame_.command = kMemcacheIndex.find(command_->too_large_entails);
        frame_.words = {name, key};
        frame_.keys = {key};
        frame_.verbatim = false;
        frame_.no_reply = true;
    }
    return false;
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
