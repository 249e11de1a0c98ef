// Framing of memcached answers, checked against the request: the key in a VALUE line is the only
// thing in this protocol that tells whose answer it is.
#include "base/limits.h"
#include "protocol/memcache/codec.h"
#include "protocol/memcache/commands.h"
#include "protocol/memcache/reply_line.h"
#include "protocol/memcache/words.h"
#include "protocol/reply_line_end.h"
#include "protocol/wire_text.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace ringside::protocol {
namespace {

// A VALUE line has at most 320 bytes. The rest is room for the text of a version. Errors may be
// longer.
constexpr std::size_t kPlainLineBytesMax = 2048;

// memcached items end at 1 GiB (-I), so a longer one is a link out of step.
constexpr std::uint64_t kReplyValueBytesMax = std::uint64_t{1} << 30;

constexpr std::string_view kEnd = "END";
constexpr std::string_view kValue = "VALUE ";

ReplyFrame complete(std::size_t size, Outcome outcome) noexcept {
    return {ReplyStatus::complete, size, outcome, {}};
}

ReplyFrame malformed(std::string_view problem) noexcept {
    return {ReplyStatus::malformed, 0, {}, problem};
}

ReplyFrame need_more(std::size_t need_bytes, Resume& resume) noexcept {
    resume.need_bytes = need_bytes;
    return {};
}

// An error ends the answer, so that all of it can be passed on: its beginning has been understood.
ReplyFrame end_long_error(std::string_view bytes, std::size_t begin, Resume& resume) noexcept {
    const LineEnd line = find_line_end(bytes, begin, resume);
    switch (line.status) {
        case ReplyStatus::need_more:
            resume.last_line = '-';
            return {};
        case ReplyStatus::malformed:
            return malformed(line.problem);
        case ReplyStatus::complete:
            break;
    }
    return complete(line.end, Outcome::error);
}

// The line at `begin` is incomplete.
ReplyFrame await_line(std::string_view bytes, std::size_t begin, Resume& resume) noexcept {
    return bytes.size() - begin < kPlainLineBytesMax ? need_more(bytes.size() + 1, resume)
                                                     : end_long_error(bytes, begin, resume);
}

// What is left of the text up to the next space, which is consumed.
std::string_view take_word(std::string_view& text) noexcept {
    std::size_t end = 0;
    while (end < text.size() && text[end] != ' ') {
        ++end;
    }
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

struct FieldNumber {
    std::uint64_t value = 0;
    std::size_t end = 0;  // bytes.size() if there is no number: nothing can follow it then
};

// The number behind the space at `begin`, of as many digits as cannot overflow.
FieldNumber read_field(std::string_view bytes, std::size_t begin) noexcept {
    if (begin >= bytes.size() || bytes[begin] != ' ') {
        return {0, bytes.size()};
    }
    const std::size_t digits_begin = begin + 1;
    const std::size_t digits_end_max = std::min(digits_begin + kNumberDigitsMax - 1, bytes.size());
    std::uint64_t value = 0;
    std::size_t at = digits_begin;
    for (; at < digits_end_max && bytes[at] >= '0' && bytes[at] <= '9'; ++at) {
        value = value * 10 + static_cast<std::uint64_t>(bytes[at] - '0');
    }
    return at == digits_begin ? FieldNumber{0, bytes.size()} : FieldNumber{value, at};
}

// A number, with the trailing spaces that memcached leaves where a number has become shorter.
bool is_number(std::string_view text) noexcept {
    while (text.ends_with(' ')) {
        text.remove_suffix(1);
    }
    return parse_number(text, UINT64_MAX).has_value();
}

bool fits(const AnswerLine& answer, std::string_view text) noexcept {
    switch (answer.form) {
        case LineForm::text:
            return text == answer.text;
        case LineForm::prefix:
            return text.starts_with(answer.text);
        case LineForm::number:
            return is_number(text);
    }
    return false;
}

ReplyFrame frame_line(const AnswerLines& answers, std::string_view bytes, Resume& resume) noexcept {
    const ReplyLine line = read_reply_line(bytes, 0);
    switch (line.status) {
        case ReplyStatus::need_more:
            return await_line(bytes, 0, resume);
        case ReplyStatus::malformed:
            return malformed("line without CRLF");
        case ReplyStatus::complete:
            break;
    }
    if (is_error_line(line.text)) {
        return complete(line.end, Outcome::error);
    }
    for (const AnswerLine& answer : answers) {
        if (fits(answer, line.text)) {
            return complete(line.end, answer.outcome);
        }
    }
    return malformed("answer does not fit the request");
}

// The key of the expectation that begins at `cursor`; empty at its end.
std::string_view key_at(std::string_view expectation, std::size_t cursor) noexcept {
    if (cursor >= expectation.size()) {
        return {};
    }
    return expectation.substr(cursor, expectation.find(' ', cursor) - cursor);
}

// Moves `cursor` behind the next occurrence of `key` in the expected keys. So each position of the
// request is answered at most once, in order. False if there is none.
bool take_expected(std::string_view expectation, std::string_view key,
                   std::size_t& cursor) noexcept {
    if (cursor == 0 && key == expectation) {  // the only key, and most often there is one only
        cursor = expectation.size();
        return true;
    }
    while (cursor < expectation.size()) {
        const std::size_t end = std::min(expectation.find(' ', cursor), expectation.size());
        const std::string_view expected = expectation.substr(cursor, end - cursor);
        cursor = end + 1;
        if (expected == key) {
            return true;
        }
    }
    return false;
}

// Reads the next line of an answer that has many. A frame means that there is none: the answer ends
// here, which means `at_end` unless it is an error, or this much of it cannot be framed.
std::optional<ReplyFrame> take_line_or_end(std::string_view bytes, Outcome at_end, Resume& resume,
                                           ReplyLine& line) noexcept {
    line = read_reply_line(bytes, resume.scanned_bytes);
    switch (line.status) {
        case ReplyStatus::need_more:
            return await_line(bytes, resume.scanned_bytes, resume);
        case ReplyStatus::malformed:
            return malformed("line without CRLF");
        case ReplyStatus::complete:
            break;
    }
    if (line.text == kEnd) {
        return complete(line.end, at_end);
    }
    if (is_error_line(line.text)) {
        return complete(line.end, Outcome::error);
    }
    return std::nullopt;
}

// The CRLF behind a value, all of whose bytes are there.
bool ends_value(std::string_view bytes, std::size_t value_end) noexcept {
    return bytes.substr(value_end - kCrlf.size(), kCrlf.size()) == kCrlf;
}

// Between two calls scanned_bytes is the start of the first line that is not complete, unless
// value_end says that a value is under way. detail is the position in the expectation: not 0 once
// there was a value, whether its bytes are still here or not.
ReplyFrame frame_values(bool with_unique, std::string_view expectation, std::string_view bytes,
                        Resume& resume) noexcept {
    while (true) {
        if (resume.value_end != 0) {
            if (bytes.size() < resume.value_end) {
                return need_more(resume.value_end, resume);
            }
            if (!ends_value(bytes, resume.value_end)) {
                return malformed("value is not followed by CRLF");
            }
            resume.scanned_bytes = std::exchange(resume.value_end, 0);
        }
        const std::string_view next_key = key_at(expectation, resume.detail);
        const std::string_view rest = bytes.substr(resume.scanned_bytes);
        if (const auto next = find_value_of(next_key, with_unique, rest)) {
            resume.detail += next_key.size() + 1;
            resume.value_end = resume.scanned_bytes + next->begin + next->bytes + kCrlf.size();
            continue;
        }
        const Outcome at_end = resume.detail != 0 ? Outcome::value : Outcome::miss;
        ReplyLine line;
        if (const auto last = take_line_or_end(bytes, at_end, resume, line)) {
            return *last;
        }
        ValueHeader header;
        if (!parse_value_header(line.text, with_unique, header)) {
            return malformed("neither VALUE nor END");
        }
        if (!take_expected(expectation, header.key, resume.detail)) {
            return malformed("value of a key that was not asked for");
        }
        resume.value_end = line.end + header.data_bytes + kCrlf.size();
    }
}

// As frame_values(), for STAT lines.
ReplyFrame frame_stats(std::string_view bytes, Resume& resume) noexcept {
    while (resume.scanned_bytes < base::kNodeStatsBytesMax) {
        ReplyLine line;
        if (const auto last = take_line_or_end(bytes, Outcome::ok, resume, line)) {
            return *last;
        }
        Statistic statistic;
        if (!parse_statistic(line.text, statistic)) {
            return malformed("neither STAT nor END");
        }
        resume.scanned_bytes = line.end;
    }
    return malformed("statistics without an end");
}

}  // namespace

ReplyLine read_reply_line(std::string_view bytes, std::size_t begin) noexcept {
    const std::string_view rest = bytes.substr(begin);
    std::size_t end = rest.substr(0, kPlainLineBytesMax).find('\n');
    if (end == std::string_view::npos) {
        if (rest.size() < kPlainLineBytesMax) {
            return {};
        }
        if (!is_error_line(rest.substr(0, kPlainLineBytesMax))) {
            return {ReplyStatus::malformed, {}, 0};
        }
        end = rest.find('\n', kPlainLineBytesMax);
        if (end == std::string_view::npos) {
            return {};
        }
    }
    if (end == 0 || rest[end - 1] != '\r') {
        return {ReplyStatus::malformed, {}, 0};
    }
    return {ReplyStatus::complete, rest.substr(0, end - 1), begin + end + 1};
}

bool is_error_line(std::string_view text) noexcept {
    return text == "ERROR" || text.starts_with("CLIENT_ERROR ") ||
           text.starts_with("SERVER_ERROR ");
}

bool parse_value_header(std::string_view text, bool with_unique, ValueHeader& header) noexcept {
    if (!text.starts_with(kValue) || text.ends_with(' ')) {
        return false;
    }
    text.remove_prefix(kValue.size());
    header.key = take_word(text);
    const bool flags = parse_number(take_word(text), UINT64_MAX).has_value();
    const auto data_bytes = parse_number(take_word(text), kReplyValueBytesMax);
    if (!flags || !data_bytes || text.empty() == with_unique ||
        (with_unique && !parse_number(text, UINT64_MAX))) {
        return false;
    }
    header.data_bytes = static_cast<std::size_t>(*data_bytes);
    return true;
}

std::optional<ValueExtent> find_value_of(std::string_view key, bool with_unique,
                                         std::string_view bytes) noexcept {
    const std::size_t key_end = kValue.size() + key.size();
    if (key.empty() || !bytes.starts_with(kValue) ||
        bytes.substr(kValue.size(), key.size()) != key) {
        return std::nullopt;
    }
    const FieldNumber flags = read_field(bytes, key_end);
    const FieldNumber data_bytes = read_field(bytes, flags.end);
    std::size_t end = data_bytes.end;
    if (with_unique) {
        end = read_field(bytes, end).end;
    }
    if (bytes.substr(end, kCrlf.size()) != kCrlf || data_bytes.value > kReplyValueBytesMax) {
        return std::nullopt;
    }
    return ValueExtent{end + kCrlf.size(), static_cast<std::size_t>(data_bytes.value)};
}

bool parse_statistic(std::string_view text, Statistic& statistic) noexcept {
    constexpr std::string_view kStat = "STAT ";
    if (!text.starts_with(kStat)) {
        return false;
    }
    text.remove_prefix(kStat.size());
    statistic.name = take_word(text);
    statistic.value = text;
    return !statistic.name.empty();
}

ReplyFrame MemcacheNodeCodec::frame_reply(const CommandSpec& command, std::string_view expectation,
                                          std::string_view bytes, Resume& resume) const noexcept {
    if (bytes.size() < resume.need_bytes) {
        return {};
    }
    if (resume.last_line != 0) {
        return end_long_error(bytes, 0, resume);
    }
    const Answers& answers = memcache_row(command).answers;
    switch (answers.shape) {
        case ReplyShape::values:
            return frame_values(answers.with_unique, expectation, bytes, resume);
        case ReplyShape::stats:
            return frame_stats(bytes, resume);
        case ReplyShape::line:
        case ReplyShape::none:
            break;
    }
    return frame_line(answers.lines, bytes, resume);
}

}  // namespace ringside::protocol
