// Framing of Redis answers. RESP says by itself where a value ends; whose answer it is it does not
// say, so it is held against what may answer the request (answer_rule.h).
#include "protocol/redis/codec.h"
#include "protocol/redis/resp.h"
#include "protocol/redis/rows.h"
#include "protocol/reply_line_end.h"
#include "protocol/wire_text.h"

#include <algorithm>
#include <array>
#include <bit>

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

constexpr std::string_view kOkLine = "+OK\r\n";
constexpr std::string_view kPongLine = "+PONG\r\n";
constexpr std::string_view kQueuedLine = "+QUEUED\r\n";

constexpr RespValue malformed(std::string_view problem) noexcept {
    return {ReplyStatus::malformed, 0, problem};
}

constexpr ReplyFrame unfit(std::string_view problem) noexcept {
    return {ReplyStatus::malformed, 0, {}, problem};
}

// The end of the string that begins there, if all of it has come and nothing is wrong with it, or
// 0.
inline std::size_t end_of_string(std::string_view bytes, std::size_t begin) noexcept {
    const RespNumber length = read_resp_number(bytes, begin + 1);
    if (length.status != ReplyStatus::complete || length.value < 0 ||
        length.value > kReplyBulkBytesMax) {
        return 0;
    }
    const std::size_t end = length.end + static_cast<std::size_t>(length.value) + kCrlf.size();
    return end <= bytes.size() && bytes[end - 2] == '\r' && bytes[end - 1] == '\n' ? end : 0;
}

// What values an answer has within it, in one version of RESP.
struct Inside {
    ReplyTypes types;
    const AnswerRule& rule;
};

// Walks from value to value with a count of those that are still to come, on all levels together:
// an aggregate is a value less, and as many more as it says. So nesting costs nothing, however deep
// it is, and the walk is taken up again at the value that was incomplete.
class ValueSkipper {
  public:
    ValueSkipper(std::string_view bytes, const Inside& inside, Resume& resume) noexcept
        : bytes_(bytes),
          inside_(inside),
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
            if (step.status == ReplyStatus::complete) {
                step.end = skip_strings();
            }
        }
        if (step.status == ReplyStatus::need_more) {
            save();
        }
        return step;
    }

  private:
    RespValue skip_one() noexcept;
    std::size_t skip_strings() noexcept;
    RespValue skip_line() noexcept;
    RespValue skip_number() noexcept;
    RespValue skip_bulk() noexcept;
    RespValue enter_aggregate(std::int64_t values_per_element) noexcept;
    RespValue need_more(std::size_t need_bytes) noexcept;
    RespValue passed(std::size_t end) noexcept;
    RespValue passed_null(std::size_t end) noexcept;

    void save() noexcept {
        resume_.detail = left_;
        if (resume_.line_bytes == 0) {
            resume_.scanned_bytes = at_;
        }
    }

    const std::string_view bytes_;
    const Inside inside_;
    Resume& resume_;
    std::size_t at_;    // start of the first value that has not been passed, or a place in its line
    std::size_t left_;  // values that are still to come; never 0 in an answer that is incomplete
};

RespValue ValueSkipper::skip_one() noexcept {
    if (at_ >= bytes_.size()) {
        return need_more(at_ + 1);
    }
    // Of what is framed but the outermost value begins at 0.
    if (at_ != 0 && !inside_.types.has(reply_type_of(bytes_[at_]))) {
        return malformed("a value within it that does not answer the command");
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

// What arrays are full of: strings that have come whole. Anything else is left to skip_one().
std::size_t ValueSkipper::skip_strings() noexcept {
    if (!inside_.rule.may_have_strings || !inside_.types.has(ReplyType::bulk)) {
        return at_;
    }
    while (left_ != 0 && at_ < bytes_.size() && bytes_[at_] == '$') {
        const std::size_t end = end_of_string(bytes_, at_);
        if (end == 0) {
            break;
        }
        at_ = end;
        --left_;
    }
    return at_;
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
    if (number.status == ReplyStatus::malformed) {
        return malformed("bad number");
    }
    if (number.value < inside_.rule.number_min || number.value > inside_.rule.number_max) {
        return malformed("a number that does not answer the command");
    }
    return passed(number.end);
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
        return passed_null(length.end);
    }
    if (at_ != 0 && !inside_.rule.may_have_strings) {
        return malformed("a string within it that does not answer the command");
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
        return count.value < 0 ? passed_null(count.end) : passed(count.end);
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

RespValue ValueSkipper::passed_null(std::size_t end) noexcept {
    return at_ == 0 || inside_.rule.may_have_nulls
               ? passed(end)
               : malformed("a null within it that does not answer the command");
}

Remembered remembered(std::string_view expectation) noexcept {
    std::array<char, sizeof(Remembered)> bytes{};
    expectation.copy(bytes.data(), bytes.size());
    return std::bit_cast<Remembered>(bytes);
}

Outcome outcome_of_status(const RedisRow& command) noexcept {
    return command.access == Access::write ? Outcome::stored : Outcome::ok;
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
            return outcome_of_status(command);
        case ReplyType::error:
        case ReplyType::bulk_error:
            return Outcome::error;
        case ReplyType::other:
            break;  // never complete
    }
    return Outcome::ok;
}

// An answer that can only be this line.
ReplyFrame frame_known_line(std::string_view line, Outcome outcome, std::string_view bytes,
                            Resume& resume) noexcept {
    const std::string_view begin = bytes.substr(0, line.size());
    if (begin == line) {
        return {ReplyStatus::complete, line.size(), outcome, {}};
    }
    if (!line.starts_with(begin)) {
        return unfit("a status that does not answer the command");
    }
    resume.need_bytes = bytes.size() + 1;
    return {};
}

// Or its beginning. Of a longer line only the end may be left, and that begins otherwise.
bool may_be_queued(std::string_view bytes) noexcept {
    return kQueuedLine.starts_with(bytes.substr(0, kQueuedLine.size()));
}

ReplyFrame frame_queued(std::string_view bytes, Resume& resume) noexcept {
    if (bytes.size() >= kQueuedLine.size()) {
        return unfit("queued in a transaction that nobody has begun");
    }
    resume.need_bytes = bytes.size() + 1;
    return {};
}

ReplyFrame frame_number(const AnswerRule& rule, std::string_view expectation,
                        std::string_view bytes, Resume& resume) noexcept {
    const RespNumber number = read_resp_number(bytes, 1);
    if (number.status == ReplyStatus::need_more) {
        resume.need_bytes = bytes.size() + 1;
        return {};
    }
    if (number.status == ReplyStatus::malformed) {
        return unfit("bad number");
    }
    const bool is_bounded = !expectation.empty() && rule.remember != Remember::options;
    const std::int64_t most = is_bounded ? std::int64_t{remembered(expectation)} : rule.number_max;
    if (number.value < rule.number_min || number.value > most) {
        return unfit("a number that does not answer the command");
    }
    return {ReplyStatus::complete, number.end, Outcome::number, {}};
}

std::string_view problem_of_count(Elements elements, std::string_view expectation,
                                  std::string_view bytes) noexcept {
    const RespNumber count = read_resp_number(bytes, 1);
    if (elements == Elements::any || count.status != ReplyStatus::complete) {
        return {};
    }
    switch (elements) {
        case Elements::any:
            break;
        case Elements::remembered:
            return count.value == std::int64_t{remembered(expectation)}
                       ? std::string_view{}
                       : "not one element for each that was asked for";
        case Elements::pairs:
            return count.value % 2 == 0 ? std::string_view{} : "not an even number of elements";
        case Elements::two:
            return count.value == 2 ? std::string_view{} : "not two elements";
    }
    return {};
}

// What can be told by how an answer begins, before the rest is waited for. Empty: nothing is wrong.
std::string_view problem_of_begin(const AnswerRule& rule, ReplyType type,
                                  std::string_view expectation, std::string_view bytes) noexcept {
    if (bytes.size() < 2) {
        return {};
    }
    const bool is_null = bytes[1] == '-';  // or framing says what else
    if (type == ReplyType::bulk) {
        return (is_null ? rule.may_be_null : rule.may_be_string)
                   ? std::string_view{}
                   : "a string or null that does not answer the command";
    }
    if (type != ReplyType::array && type != ReplyType::set) {
        return {};
    }
    if (is_null) {
        return rule.may_be_null ? std::string_view{} : "a null that does not answer the command";
    }
    return problem_of_count(rule.elements, expectation, bytes);
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
    return ValueSkipper(bytes, {kAnyAnswer.resp3.inner, kAnyAnswer}, resume).run();
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
    const AnswerRule& rule = row.answers;
    const AnswerTypes& types = kind_ == LinkKind::resp3 ? rule.resp3 : rule.resp2;
    const ReplyType type = reply_type_of(resume.last_line != 0 ? resume.last_line : bytes.front());
    if (!(expectation.empty() ? types.plain : types.outer).has(type)) {
        return unfit("not a type that answers the command");
    }
    if (type == ReplyType::bulk && rule.may_be_string) {
        if (const std::size_t end = end_of_string(bytes, 0); end != 0) {
            return {ReplyStatus::complete, end, Outcome::value, {}};
        }
    }
    if (type == ReplyType::number) {
        return frame_number(rule, expectation, bytes, resume);
    }
    if (type == ReplyType::status && rule.status == StatusWords::ok) {
        return frame_known_line(kOkLine, outcome_of_status(row), bytes, resume);
    }
    if (type == ReplyType::status && rule.status == StatusWords::word && may_be_queued(bytes)) {
        return frame_queued(bytes, resume);
    }
    const std::string_view problem = problem_of_begin(rule, type, expectation, bytes);
    if (!problem.empty()) {
        return unfit(problem);
    }
    const RespValue value = ValueSkipper(bytes, {types.inner, rule}, resume).run();
    if (value.status == ReplyStatus::malformed) {
        return unfit(value.problem);
    }
    if (value.status == ReplyStatus::need_more) {
        if (type != ReplyType::bulk) {
            resume.value_end = 0;  // what it means is judged when it is complete
        }
        return {};
    }
    const Outcome outcome = outcome_of(row, type, bytes);
    const bool is_readonly =
        outcome == Outcome::error && row.speaks_for_node && bytes.starts_with(kReadonly);
    return {ReplyStatus::complete, value.end, outcome, {}, is_readonly};
}

// AUTH and SELECT are answered with "+OK", PING with "+PONG", HELLO 3 with a map.
ReplyFrame RedisNodeCodec::frame_prelude_reply(std::string_view bytes,
                                               Resume& resume) const noexcept {
    if (bytes.size() < resume.need_bytes) {
        return {};
    }
    if (bytes.front() == '+') {
        const bool is_pong = kPongLine.starts_with(bytes.substr(0, 2));
        return frame_known_line(is_pong ? kPongLine : kOkLine, Outcome::ok, bytes, resume);
    }
    const bool is_map = bytes.front() == '%' && kind_ == LinkKind::resp3;
    if (bytes.front() != '-' && !is_map) {
        return unfit("neither status nor map");
    }
    const RespValue value = skip_resp_value(bytes, resume);
    if (value.status == ReplyStatus::complete && bytes.front() == '-') {
        return {value.status, value.end, Outcome::error, refusal_of_prelude(kind_)};
    }
    return {value.status, value.end, Outcome::ok, value.problem};
}

}  // namespace ringside::protocol
