// Redis's RESP2: GET, MGET and SET as arrays of bulk strings.
#include "dialect.h"

#include <fmt/format.h>

#include <iterator>

namespace ringside::load {
namespace {

constexpr std::string_view kNil = "$-1\r\n";

void append_bulk(std::string_view bytes, std::string& out) {
    fmt::format_to(std::back_inserter(out), "${}\r\n", bytes.size());
    out += bytes;
    out += "\r\n";
}

void append_request(const Workload& workload, const Operation& operation, std::string& out) {
    std::string key;
    const auto append_key = [&](std::uint32_t index) {
        key.clear();
        workload.append_key(index, key);
        append_bulk(key, out);
    };
    if (operation.kind == Kind::set) {
        out += "*3\r\n$3\r\nSET\r\n";
        append_key(operation.first);
        append_bulk(workload.value(operation.first), out);
        return;
    }
    const std::uint32_t keys = workload.keys_per_get();
    fmt::format_to(std::back_inserter(out), "*{}\r\n", keys + 1);
    append_bulk(keys == 1 ? "GET" : "MGET", out);
    for (std::uint32_t i = 0; i < keys; ++i) {
        append_key(workload.key_index(operation, i));
    }
}

Verdict check_error(std::string_view bytes, ReplyCheck& check) {
    const bool is_error = bytes.substr(check.checked_bytes).starts_with('-');
    return is_error ? read_error_line(bytes, check) : Verdict::wrong;
}

Verdict check_value(const Workload& workload, std::uint32_t key, std::string_view bytes,
                    ReplyCheck& check, std::string& scratch) {
    const Verdict nil = expect_bytes(bytes, kNil, check);
    if (nil != Verdict::wrong) {
        return nil;
    }
    const std::string_view rest = bytes.substr(check.checked_bytes);
    scratch.clear();
    fmt::format_to(std::back_inserter(scratch), "${}\r\n", workload.value_bytes());
    if (!agrees(rest, scratch)) {
        return Verdict::wrong;
    }
    const std::size_t block_bytes = scratch.size() + workload.value_bytes() + 2;
    if (rest.size() < block_bytes) {
        return Verdict::need_more;
    }
    if (!workload.value_matches(key, rest.substr(scratch.size(), workload.value_bytes())) ||
        rest.substr(block_bytes - 2, 2) != "\r\n") {
        return Verdict::wrong;
    }
    check.checked_bytes += block_bytes;
    ++check.hits;
    return Verdict::right;
}

Verdict check_array_header(const Workload& workload, std::string_view bytes, ReplyCheck& check,
                           std::string& scratch) {
    if (check.header_seen || workload.keys_per_get() == 1) {
        return Verdict::right;
    }
    scratch.clear();
    fmt::format_to(std::back_inserter(scratch), "*{}\r\n", workload.keys_per_get());
    const Verdict header = expect_bytes(bytes, scratch, check);
    check.header_seen = header == Verdict::right;
    return header;
}

Verdict check_reply(const Workload& workload, const Operation& operation, std::string_view bytes,
                    ReplyCheck& check, std::string& scratch) {
    Verdict verdict = operation.kind == Kind::set
                          ? expect_bytes(bytes, "+OK\r\n", check)
                          : check_array_header(workload, bytes, check, scratch);
    const std::uint32_t values = operation.kind == Kind::set ? 0 : workload.keys_per_get();
    while (verdict == Verdict::right && check.next_key < values) {
        const std::uint32_t key = workload.key_index(operation, check.next_key);
        verdict = check_value(workload, key, bytes, check, scratch);
        if (verdict == Verdict::right) {
            ++check.next_key;
        }
    }
    // An error takes the place of the whole reply, never of a part.
    return verdict == Verdict::wrong && check.checked_bytes == 0 ? check_error(bytes, check)
                                                                 : verdict;
}

constexpr Dialect kDialect{append_request, check_reply};

}  // namespace

const Dialect& redis_dialect() noexcept {
    return kDialect;
}

}  // namespace ringside::load
