// One answer to a split request: the values of many nodes in the order of the client's keys, or
// what all nodes say to a command that went to each.
#include "base/limits.h"
#include "protocol/memcache/codec.h"
#include "protocol/memcache/commands.h"
#include "protocol/memcache/reply_line.h"
#include "protocol/memcache/stats.h"
#include "protocol/memcache/texts.h"
#include "protocol/wire_text.h"

#include <algorithm>
#include <array>

namespace ringside::protocol {
namespace {

// The parts go to different nodes, so there are no more of them than a pool has nodes.
constexpr std::size_t kPartsMax = base::kPoolNodesMax;

// Walks over the keys of the request once and over each part once: a part's values stand in the
// order of its keys, so the next value of a part is either the next key's or that of a later one.
class ValueMerger {
  public:
    ValueMerger(bool with_unique, std::span<const PartReply> parts, base::ByteBuffer& out) noexcept
        : with_unique_(with_unique), parts_(parts), out_(out) {
        std::fill_n(positions_.begin(), parts.size(), std::size_t{0});
    }

    // Appends the next value of a part if it is that of `key`; if not, the key was a miss there.
    void append_if_found(std::size_t part, std::string_view key) noexcept {
        const std::string_view rest = parts_[part].bytes.substr(positions_[part]);
        const std::size_t size = value_bytes(rest, key);
        if (size > rest.size()) {
            return;  // leaves the part unfinished, which last_line() reports
        }
        out_.append(rest.substr(0, size));
        positions_[part] += size;
    }

    // The line that ends a part, with its CRLF; empty if the part has values left that nobody asked
    // for, or anything else but one line.
    std::string_view last_line(std::size_t part) const noexcept {
        const std::string_view bytes = parts_[part].bytes;
        const ReplyLine line = read_reply_line(bytes, positions_[part]);
        const bool ends = line.status == ReplyStatus::complete && line.end == bytes.size() &&
                          (line.text == "END" || is_error_line(line.text));
        return ends ? bytes.substr(positions_[part]) : std::string_view{};
    }

  private:
    // Of the whole value at the start of `rest`, if it is that of `key`; otherwise 0.
    std::size_t value_bytes(std::string_view rest, std::string_view key) const noexcept {
        if (const auto extent = find_value_of(key, with_unique_, rest)) {
            return extent->begin + extent->bytes + kCrlf.size();
        }
        const ReplyLine line = read_reply_line(rest, 0);
        ValueHeader header;
        const bool is_of_key = line.status == ReplyStatus::complete &&
                               parse_value_header(line.text, with_unique_, header) &&
                               header.key == key;
        return is_of_key ? line.end + header.data_bytes + kCrlf.size() : 0;
    }

    const bool with_unique_;
    const std::span<const PartReply> parts_;
    base::ByteBuffer& out_;
    std::array<std::size_t, kPartsMax> positions_;  // only the first parts_.size() are in use
};

bool merge_values(const SplitRequest& request, base::ByteBuffer& out) noexcept {
    const std::string_view expectation = request.expectation;
    const std::span<const PartReply> parts = request.parts;
    const std::size_t size_before = out.size();
    ValueMerger merger(memcache_row(request.command).answers.with_unique, parts, out);
    std::size_t begin = 0;
    for (const std::uint32_t owner : request.owners) {
        const std::size_t end = std::min(expectation.find(' ', begin), expectation.size());
        if (owner >= parts.size() || begin >= end) {
            out.truncate(size_before);
            return false;
        }
        merger.append_if_found(owner, expectation.substr(begin, end - begin));
        begin = end + 1;
    }
    std::string_view last = "END\r\n";
    for (std::size_t part = 0; part < parts.size(); ++part) {
        const std::string_view line = merger.last_line(part);
        if (line.empty()) {
            out.truncate(size_before);
            return false;
        }
        if (line != "END\r\n" && last == "END\r\n" && !request.failures_are_misses) {
            last = line;
        }
    }
    out.append(last);
    return true;
}

// The answer of all, or the first error. A failure is never a miss here: what a node has not done
// must not be reported as done.
bool merge_all_ok(std::span<const PartReply> parts, base::ByteBuffer& out) noexcept {
    std::string_view answer = kOk;
    for (const PartReply& part : parts) {
        const ReplyLine line = read_reply_line(part.bytes, 0);
        if (line.status != ReplyStatus::complete || line.end != part.bytes.size() ||
            (part.bytes != kOk && !is_error_line(line.text))) {
            return false;
        }
        if (answer == kOk) {
            answer = part.bytes;
        }
    }
    out.append(answer);
    return true;
}

}  // namespace

bool MemcacheClientCodec::merge(const SplitRequest& request, base::ByteBuffer& out) const noexcept {
    if (request.parts.size() > kPartsMax) {
        return false;
    }
    switch (request.command.merge) {
        case Merge::values:
            return merge_values(request, out);
        case Merge::all_ok:
            return merge_all_ok(request.parts, out);
        case Merge::stats:
            merge_stats(request, out);
            return true;
        case Merge::none:
        case Merge::array:
        case Merge::sum:
        case Merge::hyperloglog:
        case Merge::any:
        case Merge::each:
            break;  // no memcached command has it
    }
    return false;
}

}  // namespace ringside::protocol
