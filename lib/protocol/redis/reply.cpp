// Framing of Redis answers. RESP says by itself where a value ends; whose answer it is it does not
// say, so at least its kind is checked against the request where the request decides it.
#include "base/limits.h"
#include "base/parse.h"
#include "protocol/redis/codec.h"
#include "protocol/redis/resp.h"
#include "protocol/redis/rows.h"
#include "protocol/wire_text.h"

#include <array>

namespace ringside::protocol {
namespace {

// Errors and status texts are sentences; modules write long ones. Beyond it the link is out of
// step.
constexpr std::size_t kReplyLineBytesMax = std::size_t{64} << 10;

// Redis cannot hold a longer string by default (proto-max-bulk-len is 512 MiB).
constexpr std::int64_t kReplyBulkBytesMax = std::int64_t{1} << 30;

// Redis counts elements in 32 bits with a sign.
constexpr std::int64_t kElementsMax = INT32_MAX;

constexpr RespValue malformed(std::string_view problem) noexcept {
    return {ReplyStatus::malformed, 0, problem};
}

// Walks from value to value with a count of what is left on each level of nesting.
class ValueSkipper {
  public:
    ValueSkipper(std::string_view bytes, Resume& resume) noexcept : bytes_(bytes), resume_(resume) {
        restore();
    }

    RespValue run() noexcept {
        while (depth_ >= 0) {
            const RespValue step = skip_one();
            if (step.status != ReplyStatus::complete) {
                save();
                return step;
            }
        }
        return {ReplyStatus::complete, at_, {}};
    }

  private:
    static constexpr int kSavedDepthMax = 2;

    RespValue skip_one() noexcept;
    RespValue skip_line() noexcept;
    RespValue skip_number() noexcept;
    RespValue skip_bulk() noexcept;
    RespValue enter_aggregate(std::int64_t values_per_element) noexcept;
    RespValue need_more(std::size_t need_bytes) noexcept;
    RespValue passed(std::size_t end) noexcept;
    std::uint32_t& left() noexcept { return left_[static_cast<std::size_t>(depth_)]; }

    void save() noexcept;
    void restore() noexcept;

    const std::string_view bytes_;
    Resume& resume_;
    std::size_t at_ = 0;
    int depth_ = 0;  // -1: the value is complete
    // Values that are still to come on each level, level 0 being the reply itself. Not initialised
    // beyond depth_.
    std::array<std::uint32_t, base::kRespDepthMax + 1> left_;
};

// The walk is taken up again where it was last within two levels of arrays (enter_aggregate() saves
// before it goes deeper): their counts fit into Resume::detail. That makes flat arrays and arrays
// of pairs linear however they are cut; of deeper values only the element under way is passed
// again.
void ValueSkipper::save() noexcept {
    if (depth_ > kSavedDepthMax) {
        return;
    }
    resume_.scanned_bytes = at_;
    const std::uint64_t first = depth_ >= 1 ? left_[1] : 0;
    const std::uint64_t second = depth_ >= 2 ? left_[2] : 0;
    resume_.detail = static_cast<std::size_t>(first << 32 | second);
}

void ValueSkipper::restore() noexcept {
    at_ = resume_.scanned_bytes;
    left_[0] = 1;
    left_[1] = static_cast<std::uint32_t>(std::uint64_t{resume_.detail} >> 32);
    left_[2] = static_cast<std::uint32_t>(resume_.detail & UINT32_MAX);
    // A level is left as soon as nothing is to come on it, so a count of 0 means that there is
    // none.
    depth_ = left_[2] != 0 ? 2 : (left_[1] != 0 ? 1 : 0);
}

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
    const std::size_t end = bytes_.substr(at_, kReplyLineBytesMax).find('\n');
    if (end == std::string_view::npos) {
        return bytes_.size() - at_ >= kReplyLineBytesMax ? malformed("line too long")
                                                         : need_more(bytes_.size() + 1);
    }
    return bytes_[at_ + end - 1] == '\r' ? passed(at_ + end + 1) : malformed("line without CRLF");
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
        resume_.value_end = depth_ == 0 ? end : 0;
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
    if (depth_ == base::kRespDepthMax) {
        return malformed("nested too deep");
    }
    if (depth_ == kSavedDepthMax) {
        save();
    }
    at_ = count.end;
    ++depth_;
    left() = static_cast<std::uint32_t>(count.value * values_per_element);
    return {ReplyStatus::complete, at_, {}};
}

RespValue ValueSkipper::need_more(std::size_t need_bytes) noexcept {
    resume_.need_bytes = need_bytes;
    return {};
}

// A value ends here, and with it every level of which it was the last one.
RespValue ValueSkipper::passed(std::size_t end) noexcept {
    at_ = end;
    while (depth_ >= 0 && --left() == 0) {
        --depth_;
    }
    return {ReplyStatus::complete, at_, {}};
}

// Whether an array has as many elements as were remembered.
bool has_element_for_each_key(std::string_view expectation, std::string_view bytes) noexcept {
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
    const ReplyType type = reply_type_of(bytes.front());
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
    if (row.remember == Remember::key_count && outcome != Outcome::error &&
        !has_element_for_each_key(expectation, bytes)) {
        return {ReplyStatus::malformed, 0, {}, "not one element for each key"};
    }
    return {ReplyStatus::complete, value.end, outcome, {}};
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
