// memcached's classic text protocol (doc/protocol.txt).
#include "dialect.h"

#include <fmt/format.h>

#include <iterator>

namespace ringside::load {
namespace {

void append_request(const Workload& workload, const Operation& operation, std::string& out) {
    if (operation.kind == Kind::set) {
        out += "set ";
        workload.append_key(operation.first, out);
        fmt::format_to(std::back_inserter(out), " 0 0 {}\r\n", workload.value_bytes());
        out += workload.value(operation.first);
        out += "\r\n";
        return;
    }
    out += "get";
    for (std::uint32_t i = 0; i < workload.keys_per_get(); ++i) {
        out += ' ';
        workload.append_key(workload.key_index(operation, i), out);
    }
    out += "\r\n";
}

Verdict check_error(std::string_view bytes, ReplyCheck& check) {
    const std::string_view rest = bytes.substr(check.checked_bytes);
    for (const std::string_view start : {"SERVER_ERROR", "CLIENT_ERROR", "ERROR\r\n"}) {
        if (agrees(rest, start)) {
            return read_error_line(bytes, check);
        }
    }
    return Verdict::wrong;
}

// One VALUE block: that of the next key that was found, and misses are skipped on the way.
Verdict check_value(const Workload& workload, const Operation& operation, std::string_view bytes,
                    ReplyCheck& check, std::string& scratch) {
    const std::string_view rest = bytes.substr(check.checked_bytes);
    for (std::uint32_t i = check.next_key; i < workload.keys_per_get(); ++i) {
        const std::uint32_t key = workload.key_index(operation, i);
        scratch = "VALUE ";
        workload.append_key(key, scratch);
        fmt::format_to(std::back_inserter(scratch), " 0 {}\r\n", workload.value_bytes());
        if (!agrees(rest, scratch)) {
            continue;
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
        check.next_key = i + 1;
        ++check.hits;
        return Verdict::right;
    }
    return check_error(bytes, check);
}

Verdict check_reply(const Workload& workload, const Operation& operation, std::string_view bytes,
                    ReplyCheck& check, std::string& scratch) {
    if (operation.kind == Kind::set) {
        const Verdict verdict = expect_bytes(bytes, "STORED\r\n", check);
        return verdict == Verdict::wrong ? check_error(bytes, check) : verdict;
    }
    while (true) {
        const Verdict end = expect_bytes(bytes, "END\r\n", check);
        if (end != Verdict::wrong) {
            return end;
        }
        const Verdict value = check_value(workload, operation, bytes, check, scratch);
        if (value != Verdict::right) {
            return value;
        }
    }
}

constexpr Dialect kDialect{append_request, check_reply};

}  // namespace

const Dialect& memcached_dialect() noexcept {
    return kDialect;
}

}  // namespace ringside::load
