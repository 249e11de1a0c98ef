// Framing of Redis requests: arrays of bulk strings, and inline commands.
#include "base/limits.h"
#include "protocol/foreign.h"
#include "protocol/redis/codec.h"
#include "protocol/redis/commands.h"
#include "protocol/redis/inline.h"
#include "protocol/redis/keys.h"
#include "protocol/redis/resp.h"
#include "protocol/wire_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace ringside::protocol {
namespace {

// Redis quotes a command that it does not know, and its arguments, up to this many bytes each.
constexpr std::size_t kQuotedBytesMax = 128;

// What may stand in a request beside a value that is as large as the pool allows.
constexpr std::size_t kSmallArgumentsBytesMax = base::kLineBytesMax;

constexpr std::string_view kBadCount = "-ERR Protocol error: invalid multibulk length\r\n";
constexpr std::string_view kBadLength = "-ERR Protocol error: invalid bulk length\r\n";
constexpr std::string_view kBadEnd = "-ERR Protocol error: bulk string without CRLF\r\n";
constexpr std::string_view kBadQuotes = "-ERR Protocol error: unbalanced quotes in request\r\n";
constexpr std::string_view kInlineRefused = "-ERR Protocol error: expected '*'\r\n";
constexpr std::string_view kInlineTooLong = "-ERR Protocol error: too big inline request\r\n";

// nc_redis.c demands no more than the first key of its commands with any number of arguments, and
// leaves the rest to the node.
bool leaves_arity_to_node(const RedisRow& command, std::size_t words) noexcept {
    const bool any_number = command.words_max < 0 && command.twemproxy_words_max < 0;
    const bool begins_with_key = command.key_rule != KeyRule::scripted && command.key_step == 1;
    return command.in_twemproxy && any_number && begins_with_key && words > 1;
}

// One attempt to frame the request at the start of the bytes; lives for one call. The steps return
// false where the attempt ends: more bytes are needed, or the request is refused.
class RequestFramer {
  public:
    RequestFramer(std::string_view bytes, const RequestLimits& limits, Resume& resume,
                  RequestFrame& frame) noexcept
        : bytes_(bytes),
          only_arrays_(limits.strict_twemproxy),
          value_bytes_max_(std::min(limits.value_bytes_max, base::kValueBytesMaxCeiling)),
          request_bytes_max_(
              std::max(limits.request_bytes_max, value_bytes_max_ + kSmallArgumentsBytesMax)),
          resume_(resume),
          frame_(frame) {}

    void run() noexcept;

  private:
    void frame_array() noexcept;
    bool read_count() noexcept;
    bool read_arguments(bool collect) noexcept;
    bool read_argument(Slice& text) noexcept;
    [[gnu::always_inline]] inline bool read_length(Slice& text) noexcept;
    void pass_over_rest() noexcept;
    void frame_inline() noexcept;
    bool split_inline(std::string_view line) noexcept;
    void look_up(std::size_t size) noexcept;
    bool find_keys(const RedisRow& command, std::size_t size) noexcept;
    bool need_more(std::size_t need_bytes) noexcept;
    bool refuse(Reject why, std::string_view answer, std::size_t size) noexcept;
    bool refuse_and_close(Reject why, std::string_view answer) noexcept;
    bool refuse_large_argument(std::size_t size, std::size_t end) noexcept;
    bool refuse_large_request() noexcept;
    bool refuse_many_arguments() noexcept;
    bool refuse_type() noexcept;
    void refuse_unknown(std::size_t size) noexcept;
    void refuse_subcommand(const RedisRow& command, std::size_t size) noexcept;
    void refuse_arity(const RedisRow& command, std::size_t size) noexcept;

    const std::string_view bytes_;
    const bool only_arrays_;  // as nutcracker: no inline commands
    const std::size_t value_bytes_max_;
    const std::size_t request_bytes_max_;
    Resume& resume_;
    RequestFrame& frame_;

    std::string_view text_;      // what the words refer to, once they are collected
    std::size_t at_ = 0;         // start of the first argument that has not been read
    std::size_t remaining_ = 0;  // arguments from there on
};

void RequestFramer::run() noexcept {
    if (bytes_.empty()) {
        return;
    }
    if (resume_.rest.arguments != 0) {
        pass_over_rest();
        return;
    }
    if (bytes_.front() == '*') {
        frame_array();
        return;
    }
    if (const std::size_t prefix_bytes = foreign_prefix_bytes(bytes_); prefix_bytes != 0) {
        at_ = prefix_bytes;
        refuse_and_close(Reject::foreign, {});
        return;
    }
    if (only_arrays_) {
        at_ = 1;
        refuse_and_close(Reject::unknown_command, kInlineRefused);
        return;
    }
    frame_inline();
}

// Between two calls scanned_bytes is the start of the first incomplete argument, and detail the
// number of arguments from there on. The words are collected once all of them have arrived, so
// each byte is read twice at most.
void RequestFramer::frame_array() noexcept {
    const bool resumed = resume_.scanned_bytes != 0;
    if (resumed) {
        at_ = resume_.scanned_bytes;
        remaining_ = resume_.detail;
    } else if (!read_count()) {
        return;
    }
    if (!read_arguments(!resumed)) {
        resume_.scanned_bytes = at_;
        resume_.detail = remaining_;
        return;
    }
    if (resumed && !(read_count() && read_arguments(true))) {
        return;  // never taken: the same bytes have just passed
    }
    look_up(at_);
}

bool RequestFramer::read_count() noexcept {
    const RespNumber count = read_resp_number(bytes_, 1);
    if (count.status == ReplyStatus::need_more) {
        return need_more(bytes_.size() + 1);
    }
    at_ = 1;
    if (count.status == ReplyStatus::malformed || count.value > INT32_MAX) {
        return refuse_and_close(Reject::bad_data, kBadCount);
    }
    if (count.value <= 0) {
        return refuse(Reject::none, {}, count.end);
    }
    at_ = count.end;
    remaining_ = static_cast<std::size_t>(count.value);
    // The command itself is not an argument.
    return remaining_ <= base::kKeysPerRequestMax + 1 || refuse_many_arguments();
}

bool RequestFramer::read_arguments(bool collect) noexcept {
    while (remaining_ != 0) {
        Slice text;
        if (!read_argument(text)) {
            return false;
        }
        if (collect) {
            frame_.words.push_back(text);
        }
        at_ = text.offset + text.size + kCrlf.size();
        --remaining_;
    }
    return true;
}

// Where the value of the argument at at_ begins, and how long it is said to be. Inline: a call for
// each argument makes framing a long MGET a quarter more expensive.
bool RequestFramer::read_length(Slice& text) noexcept {
    if (at_ == bytes_.size()) {
        return need_more(at_ + 1);
    }
    if (bytes_[at_] != '$') {
        return refuse_type();
    }
    const RespNumber length = read_resp_number(bytes_, at_ + 1);
    if (length.status == ReplyStatus::need_more) {
        return need_more(bytes_.size() + 1);
    }
    if (length.status == ReplyStatus::malformed || length.value < 0 ||
        length.value > static_cast<std::int64_t>(base::kValueBytesMaxCeiling)) {
        return refuse_and_close(Reject::bad_data, kBadLength);
    }
    text = {static_cast<std::uint32_t>(length.end), static_cast<std::uint32_t>(length.value)};
    return true;
}

bool RequestFramer::read_argument(Slice& text) noexcept {
    if (!read_length(text)) {
        return false;
    }
    const std::size_t end = std::size_t{text.offset} + text.size + kCrlf.size();
    if (text.size > value_bytes_max_) {
        return refuse_large_argument(text.size, end);
    }
    if (end > request_bytes_max_) {
        return refuse_large_request();
    }
    if (end > bytes_.size()) {
        return need_more(end);
    }
    if (bytes_.substr(end - kCrlf.size(), kCrlf.size()) != kCrlf) {
        return refuse_and_close(Reject::bad_data, kBadEnd);
    }
    return true;
}

// Behind what was refused. What the arguments contain is dropped unseen; the value of the last one
// that has begun to arrive may still be to come.
void RequestFramer::pass_over_rest() noexcept {
    RefusedRest rest = resume_.rest;
    while (rest.arguments != 0 && at_ < bytes_.size()) {
        Slice text;
        if (!read_length(text)) {
            break;
        }
        const std::size_t end = std::size_t{text.offset} + text.size + kCrlf.size();
        rest.bytes += end - at_;
        if (rest.bytes > base::kSwallowBytesMax) {
            refuse_and_close(Reject::none, {});
            break;
        }
        at_ = end;
        --rest.arguments;
    }
    if (frame_.status == RequestStatus::need_more && at_ != 0) {
        frame_.status = RequestStatus::skipped;
        frame_.size = at_;
        frame_.rest = rest;
    }
}

// Redis accepts a plain line as well, for people and simple health checks.
void RequestFramer::frame_inline() noexcept {
    const std::string_view searched = bytes_.substr(0, base::kRespInlineBytesMax);
    const std::size_t end = searched.find('\n', resume_.scanned_bytes);
    if (end == std::string_view::npos) {
        at_ = searched.size();
        if (searched.size() == base::kRespInlineBytesMax) {
            refuse_and_close(Reject::too_long, kInlineTooLong);
            return;
        }
        resume_.scanned_bytes = searched.size();
        need_more(searched.size() + 1);
        return;
    }
    at_ = end + 1;
    std::string_view line = searched.substr(0, end);
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    if (split_inline(line)) {
        frame_.verbatim = false;
        look_up(end + 1);
    }
}

bool RequestFramer::split_inline(std::string_view line) noexcept {
    if (!split_inline_words(line, frame_.words, frame_.decoded)) {
        return refuse_and_close(Reject::bad_data, kBadQuotes);
    }
    for (const Slice& word : frame_.words) {
        if (word.size > value_bytes_max_) {
            return refuse_large_argument(word.size, at_);
        }
    }
    if (frame_.words.empty()) {
        return refuse(Reject::none, {}, at_);
    }
    return true;
}

// Requires: the words are collected; at least one.
void RequestFramer::look_up(std::size_t size) noexcept {
    text_ = frame_.decoded.empty() ? bytes_ : std::string_view(frame_.decoded);
    const RedisRow* command = find_redis_command(frame_.words, text_);
    if (command == nullptr) {
        refuse_unknown(size);
        return;
    }
    if (has_wrong_arity(*command, frame_.words.size())) {
        refuse_arity(*command, size);
        return;
    }
    if (command->has_subcommands && frame_.words.size() > 1) {
        refuse_subcommand(*command, size);
        return;
    }
    if (command->route != Route::refused && !find_keys(*command, size)) {
        return;
    }
    frame_.status = RequestStatus::complete;
    frame_.command = command;
    frame_.size = size;
}

bool RequestFramer::find_keys(const RedisRow& command, std::size_t size) noexcept {
    const RedisKeys found = find_redis_keys(command, text_, frame_.words, frame_.keys);
    if (found.are_none && only_arrays_) {
        return refuse(Reject::bad_arguments, {}, size);  // nutcracker closes
    }
    if (found.problem.empty()) {
        frame_.key_patterns = found.patterns;
        return true;
    }
    frame_.keys.clear();
    std::string answer = "-";
    answer += found.problem;
    answer += kCrlf;
    return refuse(Reject::bad_arguments, answer, size);
}

bool RequestFramer::need_more(std::size_t need_bytes) noexcept {
    resume_.need_bytes = need_bytes;
    return false;
}

bool RequestFramer::refuse(Reject why, std::string_view answer, std::size_t size) noexcept {
    frame_.status = RequestStatus::rejected;
    frame_.words.clear();
    frame_.reject = why;
    frame_.answer = answer;
    frame_.size = size;
    return false;
}

// What has been understood up to here is dropped, one byte at least; the rest does not matter any
// more.
bool RequestFramer::refuse_and_close(Reject why, std::string_view answer) noexcept {
    frame_.close = true;
    return refuse(why, answer, std::max<std::size_t>(at_, 1));
}

// The connection stays: behind `end` come the arguments that are still missing (inline: none).
bool RequestFramer::refuse_large_argument(std::size_t size, std::size_t end) noexcept {
    frame_.rest = {.arguments = remaining_ == 0 ? 0 : remaining_ - 1};
    return refuse(Reject::too_large,
                  fmt::format("-ERR an argument of {} bytes is above the value_bytes_max of this "
                              "pool, {}\r\n",
                              size, value_bytes_max_),
                  end);
}

bool RequestFramer::refuse_large_request() noexcept {
    frame_.rest = {.arguments = remaining_};
    return refuse(
        Reject::too_large,
        fmt::format("-ERR the request is above the request_bytes_max of this pool, {} bytes\r\n",
                    request_bytes_max_),
        at_);
}

bool RequestFramer::refuse_type() noexcept {
    std::string answer = "-ERR Protocol error: expected '$', got '";
    append_printable(bytes_.substr(at_, 1), answer);
    answer += "'\r\n";
    return refuse_and_close(Reject::bad_data, answer);
}

bool RequestFramer::refuse_many_arguments() noexcept {
    frame_.rest = {.arguments = remaining_};
    return refuse(
        Reject::too_long,
        fmt::format("-ERR a request may have at most {} arguments\r\n", base::kKeysPerRequestMax),
        at_);
}

// The text of Redis 7 (server.c, processCommand).
void RequestFramer::refuse_unknown(std::size_t size) noexcept {
    std::string quoted;
    for (std::size_t i = 1; i < frame_.words.size() && quoted.size() < kQuotedBytesMax; ++i) {
        const std::size_t room = kQuotedBytesMax - quoted.size();
        quoted += '\'';
        append_printable(frame_.words[i].of(text_).substr(0, room), quoted);
        quoted += "' ";
    }
    std::string answer = "-ERR unknown command '";
    append_printable(frame_.words.front().of(text_).substr(0, kQuotedBytesMax), answer);
    answer += "', with args beginning with: ";
    answer += quoted;
    answer += kCrlf;
    refuse(Reject::unknown_command, answer, size);
}

void RequestFramer::refuse_subcommand(const RedisRow& command, std::size_t size) noexcept {
    std::string answer = "-ERR unknown subcommand '";
    append_printable(frame_.words[1].of(text_).substr(0, kQuotedBytesMax), answer);
    answer += "'. Try ";
    answer += command.name;
    answer += " HELP.\r\n";
    refuse(Reject::unknown_command, answer, size);
}

void RequestFramer::refuse_arity(const RedisRow& command, std::size_t size) noexcept {
    std::string answer = "-ERR wrong number of arguments for '";
    append_redis_name(command, answer);
    answer += "' command\r\n";
    frame_.answered_if_strict = leaves_arity_to_node(command, frame_.words.size());
    refuse(Reject::bad_arguments, answer, size);
}

}  // namespace

void RedisClientCodec::frame_request(std::string_view bytes, const RequestLimits& limits,
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
