// One answer to a split MGET, DEL, EXISTS, MSET or PFCOUNT, and to what goes to all nodes.
#include "base/limits.h"
#include "protocol/redis/codec.h"
#include "protocol/redis/hyperloglog.h"
#include "protocol/redis/resp.h"
#include "protocol/wire_text.h"

#include <algorithm>
#include <array>

namespace ringside::protocol {
namespace {

// One part for each node, so there are no more of them than a pool has nodes.
constexpr std::size_t kPartsMax = base::kPoolNodesMax;

bool is_error(const PartReply& part) noexcept {
    return part.failed || part.bytes.starts_with('-') || part.bytes.starts_with('!');
}

bool append_sum(std::span<const PartReply> parts, base::ByteBuffer& out) noexcept {
    std::uint64_t sum = 0;
    for (const PartReply& part : parts) {
        if (is_error(part)) {
            continue;  // counts nothing: the caller has decided that failures are misses
        }
        const RespNumber number = read_resp_number(part.bytes, 1);
        if (!part.bytes.starts_with(':') || number.status != ReplyStatus::complete ||
            number.end != part.bytes.size() || number.value < 0 || number.value > UINT32_MAX) {
            return false;
        }
        sum += static_cast<std::uint64_t>(number.value);
    }
    append_number(sum, out);
    return true;
}

bool append_ok(std::span<const PartReply> parts, base::ByteBuffer& out) noexcept {
    const auto is_ok = [](const PartReply& part) { return part.bytes == "+OK\r\n"; };
    if (!std::all_of(parts.begin(), parts.end(), is_ok)) {
        return false;
    }
    out.append("+OK\r\n");
    return true;
}

// The elements of each part stand in the order of its keys: one walk over the keys of the request
// takes each element from where its part has got to.
class ElementMerger {
  public:
    explicit ElementMerger(const SplitRequest& request) noexcept
        : parts_(request.parts), owners_(request.owners), dialect_(request.dialect) {}

    // False if a part is not an array with one element for each of its keys.
    bool append_to(base::ByteBuffer& out) noexcept {
        if (parts_.size() > kPartsMax) {
            return false;
        }
        for (std::size_t part = 0; part < parts_.size(); ++part) {
            if (!read_header(part)) {
                return false;
            }
        }
        append_array_header(owners_.size(), out);
        for (const std::uint32_t owner : owners_) {
            if (owner >= parts_.size() || !append_next(owner, out)) {
                return false;
            }
        }
        return ended();
    }

  private:
    bool read_header(std::size_t part) noexcept {
        const std::string_view bytes = parts_[part].bytes;
        if (is_error(parts_[part])) {
            positions_[part] = bytes.size();
            return true;
        }
        const RespNumber count = read_resp_number(bytes, 1);
        positions_[part] = count.end;
        return bytes.starts_with('*') && count.status == ReplyStatus::complete;
    }

    bool append_next(std::size_t part, base::ByteBuffer& out) noexcept {
        if (is_error(parts_[part])) {
            append_null(dialect_, out);
            return true;
        }
        const std::string_view rest = parts_[part].bytes.substr(positions_[part]);
        const std::size_t size = element_bytes(rest);
        out.append(rest.substr(0, size));
        positions_[part] += size;
        return size != 0;
    }

    // 0 if the first element of `rest` is not complete.
    static std::size_t element_bytes(std::string_view rest) noexcept {
        // Nearly always a value, or the null of a key that is missing.
        if (rest.starts_with('$')) {
            const RespNumber length = read_resp_number(rest, 1);
            const auto data_bytes =
                static_cast<std::size_t>(std::max(length.value, std::int64_t{0}));
            const std::size_t end = length.end + data_bytes + (length.value < 0 ? 0 : kCrlf.size());
            return length.status == ReplyStatus::complete && end <= rest.size() ? end : 0;
        }
        Resume resume;
        const RespValue element = skip_resp_value(rest, resume);
        return element.status == ReplyStatus::complete ? element.end : 0;
    }

    bool ended() const noexcept {
        for (std::size_t part = 0; part < parts_.size(); ++part) {
            if (positions_[part] != parts_[part].bytes.size()) {
                return false;
            }
        }
        return true;
    }

    const std::span<const PartReply> parts_;
    const std::span<const std::uint32_t> owners_;
    const Dialect dialect_;
    std::array<std::size_t, kPartsMax> positions_;  // only the first parts_.size() are in use
};

// What one node has taken is done: the others will say that they do not have it.
void append_any(std::span<const PartReply> parts, base::ByteBuffer& out) noexcept {
    const auto taken = std::find_if_not(parts.begin(), parts.end(), is_error);
    out.append(taken != parts.end() ? taken->bytes : parts.front().bytes);
}

// A part that failed has said yes to nothing; if all have, the first says why.
bool append_each(std::span<const PartReply> parts, base::ByteBuffer& out) noexcept {
    const auto first = std::find_if_not(parts.begin(), parts.end(), is_error);
    if (first == parts.end()) {
        out.append(parts.front().bytes);
        return true;
    }
    const bool has_failures = std::any_of(parts.begin(), parts.end(), is_error);
    const RespNumber count = read_resp_number(first->bytes, 1);
    // Every element has the same size, in each part: ":0" or ":1".
    constexpr std::size_t kElementBytes = 4;
    const std::size_t size =
        count.end +
        static_cast<std::size_t>(std::max(count.value, std::int64_t{0})) * kElementBytes;
    const auto fits = [&](const PartReply& part) {
        return is_error(part) ||
               (part.bytes.size() == size &&
                part.bytes.substr(0, count.end) == first->bytes.substr(0, count.end));
    };
    if (count.status != ReplyStatus::complete || !std::all_of(parts.begin(), parts.end(), fits)) {
        return false;
    }
    out.append(first->bytes.substr(0, count.end));
    for (std::size_t at = count.end; at < size; at += kElementBytes) {
        const bool everywhere =
            !has_failures && std::all_of(parts.begin(), parts.end(), [at](const PartReply& part) {
                return part.bytes.substr(at, kElementBytes) == ":1\r\n";
            });
        out.append(everywhere ? ":1\r\n" : ":0\r\n");
    }
    return true;
}

// Each part is the answer to the GET of one key. A key that is missing adds nothing.
bool append_distinct_count(std::span<const PartReply> parts, base::ByteBuffer& out) noexcept {
    HyperloglogUnion together;
    for (const PartReply& part : parts) {
        if (is_error(part) || part.bytes.starts_with('_')) {
            continue;
        }
        const RespNumber length = read_resp_number(part.bytes, 1);
        if (!part.bytes.starts_with('$') || length.status != ReplyStatus::complete) {
            return false;
        }
        if (length.value < 0) {
            continue;
        }
        const auto size = static_cast<std::size_t>(length.value);
        switch (together.add(part.bytes.substr(length.end, size))) {
            case HyperloglogUnion::Status::added:
                break;
            case HyperloglogUnion::Status::foreign:
                append_error_reply("WRONGTYPE Key is not a valid HyperLogLog string value.", out);
                return true;
            case HyperloglogUnion::Status::corrupt:
                append_error_reply("INVALIDOBJ Corrupted HLL object detected", out);
                return true;
        }
    }
    append_number(together.count(), out);
    return true;
}

// True if the part makes the whole an error. What is wrong with a key is never a miss.
bool spoils(const PartReply& part, const SplitRequest& request) noexcept {
    if (request.command.merge == Merge::any || request.command.merge == Merge::each) {
        return false;
    }
    const bool may_be_missed =
        request.failures_are_misses && request.command.access == Access::read;
    return is_error(part) && !(may_be_missed && !part.bytes.starts_with("-WRONGTYPE"));
}

}  // namespace

bool RedisClientCodec::merge(const SplitRequest& request, base::ByteBuffer& out) const noexcept {
    const std::span<const PartReply> parts = request.parts;
    if (parts.empty()) {
        return false;
    }
    for (const PartReply& part : parts) {
        if (spoils(part, request)) {
            const bool hidden = request.strict_twemproxy && !part.failed;
            out.append(hidden ? "-ERR Invalid argument\r\n" : part.bytes);
            return true;
        }
    }
    const std::size_t size_before = out.size();
    bool merged = false;
    switch (request.command.merge) {
        case Merge::array:
            merged = ElementMerger(request).append_to(out);
            break;
        case Merge::sum:
            merged = append_sum(parts, out);
            break;
        case Merge::all_ok:
            merged = append_ok(parts, out);
            break;
        case Merge::hyperloglog:
            merged = append_distinct_count(parts, out);
            break;
        case Merge::any:
            append_any(parts, out);
            merged = true;
            break;
        case Merge::each:
            merged = append_each(parts, out);
            break;
        case Merge::none:
        case Merge::values:
        case Merge::stats:
            break;
    }
    if (!merged) {
        out.truncate(size_before);
    }
    return merged;
}

}  // namespace ringside::protocol
