// Framing of Redis answers. RESP says by itself where a value ends; whose answer it is it does not
// say, so at least its kind is checked against the request where the request decides it.
#include "base/limits.h"
#include "base/parse.h"
#include "protocol/redis/codec.h"
#include "protocol/redis/resp.h"
#include "protocol/redis/rows.h"
#include "protocol/reply_line_end.h"
#include "protocol/wire_text.h"

#include <algorithm>

namespace ringside::protocol {
namespace {

// Redis cannot hold a longer string by default (proto-max-bulk-len is 512 MiB).
constexpr std::int64_t kReplyBulkBytesMax = std::int64_t{1} << 30;

// Redis counts elements in 32 bits with a sign.
constexpr std::int64_t kElementsMax = INT32_MAX;

// Of one answer, all that is nested in it together. Beyond it counts could overflow.
constexpr std::size_t kValuesMax = std::size_t{1} << 62;

// What a replica says to a write, and to a script that writes (server.c, processCommand).
constexpr std::string_view kReadonly = "-READONLY ";

constexpr RespValue malformed(std::string_view problem) noexcept {
    return {ReplyStatus::malformed, 0, problem};
}

// Walks from value to value with a count of those that are still to come, on all levels together:
// an aggregate is a value less, and as many more as it says. So nesting costs nothing, however deep
// it is, and the walk is taken up again at the value that was incomplete.
class ValueSkipper {
  public:
    ValueSkipper(std::string_view bytes, Resume& resume) noexcept
        : bytes_(bytes),
          resume_(resume),
          at_(resume.scanned_bytes),
          left_(std::max(resume.detail, std::size_t{1})) {}

    RespValue run() noexcept {
        RespValue step{ReplyStatus::complete, at_, {}};
        if (resume_.line_bytes != 0) {
            step = skip_line();
        }
        while (left_ != 0 && step.status == ReplyStatus::complete) {
            step = skip_one();
        }
        if (step.status == ReplyStatus::need_more) {
            save();
        }
        return step;
    }

  private:
    RespValue skip_one() noexcept;
    RespValue skip_line() noexcept;
    RespValue skip_number() noexcept;
    RespValue skip_bulk() noexcept;
    RespValue enter_aggregate(std::int64_t values_per_element) noexcept;
    RespValue need_more(std::size_t need_bytes) noexcept;
    RespValue passed(std::size_t end) noexcept;

    void save() noexcept {
        resume_.detail = left_;
        if (resume_.line_bytes == 0) {
            resume_.scanned_bytes = at_;
        }
    }

    const std::string_view bytes_;
    Resume& resume_;
    std::size_t at_;    // start of the first value that has not been passed, or a place in its line
    std::size_t left_;  // values that are still to come; never 0 in an answer that is incomplete
};

RespValue ValueSkipper::skip_one() noexcept {
    if (at_ >= bytes_.size()) {
        return need_more(at_ + 1);
    }
    switch (bytes_[at_]) {
        case '$':  // bulk string
        case '!':  // RESP3: bulk error
        case '=':  // RESP3: verbatim string
            return skip_bulk();
        case ':':
            return skip_number();
        case '+':  // status
        case '-':  // error
        case '_':  // RESP3: null
        case '#':  // RESP3: boolean
        case ',':  // RESP3: double
        case '(':  // RESP3: big number
            return skip_line();
        case '*':  // array
        case '~':  // RESP3: set
            return enter_aggregate(1);
        case '%':  // RESP3: map
            return enter_aggregate(2);
        case '>':
            return malformed("push data");
        case '|':
            return malformed("attribute");
        default:
            return malformed("unknown type of value");
    }
}

RespValue ValueSkipper::skip_line() noexcept {
    const LineEnd line = find_line_end(bytes_, at_, resume_);
    if (line.status == ReplyStatus::complete) {
        return passed(line.end);
    }
    if (at_ == 0 && resume_.line_bytes != 0 && resume_.last_line == 0) {
        resume_.last_line = bytes_.front();
    }
    return {line.status, 0, line.problem};
}

RespValue ValueSkipper::skip_number() noexcept {
    const RespNumber number = read_resp_number(bytes_, at_ + 1);
    if (number.status == ReplyStatus::need_more) {
        return need_more(bytes_.size() + 1);
    }
    return number.status == ReplyStatus::complete ? passed(number.end) : malformed("bad number");
}

RespValue ValueSkipper::skip_bulk() noexcept {
    const RespNumber length = read_resp_number(bytes_, at_ + 1);
    if (length.status == ReplyStatus::need_more) {
        return need_more(bytes_.size() + 1);
    }
    const std::int64_t least = bytes_[at_] == '$' ? -1 : 0;  // -1: null, in RESP2
    if (length.status == ReplyStatus::malformed || length.value < least ||
        length.value > kReplyBulkBytesMax) {
        return malformed("bad length");
    }
    if (length.value < 0) {
        return passed(length.end);
    }
    const std::size_t end = length.end + static_cast<std::size_t>(length.value) + kCrlf.size();
    if (end > bytes_.size()) {
        resume_.value_end = at_ == 0 ? end : 0;
        return need_more(end);
    }
    return bytes_.substr(end - kCrlf.size(), kCrlf.size()) == kCrlf
               ? passed(end)
               : malformed("bulk string without CRLF");
}

RespValue ValueSkipper::enter_aggregate(std::int64_t values_per_element) noexcept {
    const RespNumber count = read_resp_number(bytes_, at_ + 1);
    if (count.status == ReplyStatus::need_more) {
        return need_more(bytes_.size() + 1);
    }
    const std::int64_t least = bytes_[at_] == '*' ? -1 : 0;  // -1: null, in RESP2
    if (count.status == ReplyStatus::malformed || count.value < least ||
        count.value > kElementsMax / values_per_element) {
        return malformed("bad count");
    }
    if (count.value <= 0) {
        return passed(count.end);
    }
    left_ += static_cast<std::size_t>(count.value * values_per_element);
    return left_ <= kValuesMax ? passed(count.end) : malformed("too many values");
}

RespValue ValueSkipper::need_more(std::size_t need_bytes) noexcept {
    resume_.need_bytes = need_bytes;
    return {};
}

RespValue ValueSkipper::passed(std::size_t end) noexcept {
    at_ = end;
    --left_;
    return {ReplyStatus::complete, at_, {}};
}

// Whether an array has as many elements as were remembered.
bool has_as_many_elements(std::string_view expectation, std::string_view bytes) noexcept {
    const auto keys = base::parse_unsigned(expectation, 0, base::kKeysPerRequestMax);
    const RespNumber count = read_resp_number(bytes, 1);
    return keys && count.value == static_cast<std::int64_t>(*keys);
}

// Requires: a complete answer, of a type that the command may have.
Outcome outcome_of(const RedisRow& command, ReplyType type, std::string_view bytes) noexcept {
    switch (type) {
        case ReplyType::bulk:
        case ReplyType::array:
            return bytes[1] == '-' ? command.answers.null : Outcome::value;
        case ReplyType::verbatim:
        case ReplyType::set:
        case ReplyType::map:
            return Outcome::value;
        case ReplyType::null:
            return command.answers.null;
        case ReplyType::number:
        case ReplyType::real:
        case ReplyType::big_number:
        case ReplyType::boolean:
            return Outcome::number;
        case ReplyType::status:
            return command.access == Access::write ? Outcome::stored : Outcome::ok;
        case ReplyType::error:
        case ReplyType::bulk_error:
            return Outcome::error;
        case ReplyType::other:
            break;  // never complete
    }
    return Outcome::ok;
}

// The end of an answer that is one bulk string; its beginning may have been passed on.
ReplyFrame end_lone_value(std::string_view bytes, std::size_t value_end) noexcept {
    if (bytes.substr(value_end - kCrlf.size(), kCrlf.size()) != kCrlf) {
        return {ReplyStatus::malformed, 0, {}, "bulk string without CRLF"};
    }
    return {ReplyStatus::complete, value_end, Outcome::value, {}};
}

std::string_view refusal_of_prelude(LinkKind kind) noexcept {
    switch (kind) {
        case LinkKind::standard:
            return "the node refused redis_auth or redis_db (Authentication required, or no such "
                   "database)";
        case LinkKind::resp3:
            return "the node refused redis_auth, redis_db or HELLO 3 (RESP3 needs Redis 6)";
    }
    return {};
}

}  // namespace

RespValue skip_resp_value(std::string_view bytes, Resume& resume) noexcept {
    return ValueSkipper(bytes, resume).run();
}

ReplyFrame RedisNodeCodec::frame_reply(const CommandSpec& command, std::string_view expectation,
                                       std::string_view bytes, Resume& resume) const noexcept {
    if (bytes.size() < resume.need_bytes) {
        return {};
    }
    if (resume.value_end != 0) {
        return end_lone_value(bytes, resume.value_end);
    }
    const RedisRow& row = redis_row(command);
    const ReplyType type = reply_type_of(resume.last_line != 0 ? resume.last_line : bytes.front());
    const ReplyTypes types = kind_ == LinkKind::resp3 ? row.answers.resp3 : row.answers.resp2;
    if (!types.has(type)) {
        return {ReplyStatus::malformed, 0, {}, "not a type that answers the command"};
    }
    const RespValue value = skip_resp_value(bytes, resume);
    if (value.status != ReplyStatus::complete) {
        if (type != ReplyType::bulk) {
            resume.value_end = 0;  // what it means is judged when it is complete
        }
        return {value.status, 0, {}, value.problem};
    }
    const Outcome outcome = outcome_of(row, type, bytes);
    const bool is_counted =
        row.remember == Remember::key_count || row.remember == Remember::argument_count;
    if (is_counted && outcome != Outcome::error && !has_as_many_elements(expectation, bytes)) {
        return {ReplyStatus::malformed, 0, {}, "not one element for each key"};
    }
    const bool is_readonly = outcome == Outcome::error && bytes.starts_with(kReadonly);
    return {ReplyStatus::complete, value.end, outcome, {}, is_readonly};
}

// AUTH, SELECT and PING are answered with a status line, HELLO with a map.
ReplyFrame RedisNodeCodec::frame_prelude_reply(std::string_view bytes,
                                               Resume& resume) const noexcept {
    if (bytes.size() < resume.need_bytes) {
        return {};
    }
    if (bytes.front() != '+' && bytes.front() != '-' && bytes.front() != '%') {
        return {ReplyStatus::malformed, 0, {}, "neither status nor map"};
    }
    const RespValue value = skip_resp_value(bytes, resume);
    if (value.status == ReplyStatus::complete && bytes.front() == '-') {
        return {value.status, value.end, Outcome::error, refusal_of_prelude(kind_)};
    }
    return {value.status, value.end, Outcome::ok, value.problem};
}

}  // namespace ringside::protocol
