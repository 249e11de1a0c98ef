#include "protocol/memcache/stats.h"

#include "base/limits.h"
#include "protocol/memcache/reply_line.h"
#include "protocol/memcache/words.h"
#include "protocol/wire_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace ringside::protocol {
namespace {

// How the values of several nodes become one.
enum class Rule : std::uint8_t { sum, first, least, most, dropped };

struct NamedRule {
    std::string_view name;
    Rule rule;
};

// All other rows are added. Names: doc/protocol.txt of memcached, "General-purpose statistics".
constexpr std::array kRules{
    NamedRule{"pid", Rule::dropped},  // the proxy has these itself
    NamedRule{"uptime", Rule::dropped},
    NamedRule{"time", Rule::dropped},
    NamedRule{"version", Rule::first},
    NamedRule{"libevent", Rule::first},
    NamedRule{"pointer_size", Rule::first},
    NamedRule{"threads", Rule::most},
    NamedRule{"hash_power_level", Rule::most},
    NamedRule{"hash_is_expanding", Rule::most},
    NamedRule{"slab_reassign_running", Rule::most},
    NamedRule{"lru_crawler_running", Rule::most},
    NamedRule{"accepting_conns", Rule::least},
};

Rule rule_of(std::string_view name) noexcept {
    for (const NamedRule& each : kRules) {
        if (each.name == name) {
            return each.rule;
        }
    }
    return Rule::sum;
}

// What memcached writes as "12" or, for the seconds of rusage_*, as "12.345678".
struct Number {
    std::uint64_t whole = 0;
    std::uint32_t millionths = 0;
    bool has_millionths = false;

    friend bool operator<(const Number& a, const Number& b) noexcept {
        return a.whole != b.whole ? a.whole < b.whole : a.millionths < b.millionths;
    }
};

constexpr std::uint32_t kMillion = 1'000'000;
constexpr std::size_t kMillionthDigits = 6;

std::optional<Number> parse_statistic_number(std::string_view text) noexcept {
    const std::size_t point = std::min(text.find('.'), text.size());
    const auto whole = parse_number(text.substr(0, point), UINT64_MAX);
    if (!whole || point == text.size()) {
        return whole ? std::optional(Number{.whole = *whole}) : std::nullopt;
    }
    const std::string_view fraction = text.substr(point + 1);
    const auto millionths = parse_number(fraction, kMillion - 1);
    if (fraction.size() != kMillionthDigits || !millionths) {
        return std::nullopt;
    }
    return Number{*whole, static_cast<std::uint32_t>(*millionths), true};
}

// Wraps around like memcached's own counters.
Number add(const Number& a, const Number& b) noexcept {
    const std::uint32_t millionths = a.millionths + b.millionths;
    return {.whole = a.whole + b.whole + millionths / kMillion,
            .millionths = millionths % kMillion,
            .has_millionths = a.has_millionths || b.has_millionths};
}

void append_number(const Number& number, base::ByteBuffer& out) noexcept {
    append_decimal(number.whole, out);
    if (!number.has_millionths) {
        return;
    }
    out.push_back('.');
    for (std::uint32_t unit = kMillion / 10; unit > 0; unit /= 10) {
        out.push_back(static_cast<char>('0' + number.millionths / unit % 10));
    }
}

void append_row(std::string_view name, std::string_view value, base::ByteBuffer& out) noexcept {
    out.append("STAT ");
    out.append(name);
    out.push_back(' ');
    append_printable(value, out);
    out.append(kCrlf);
}

void append_row(std::string_view name, const Number& value, base::ByteBuffer& out) noexcept {
    out.append("STAT ");
    out.append(name);
    out.push_back(' ');
    append_number(value, out);
    out.append(kCrlf);
}

// Counters of the proxy never go below zero; a gauge that is read while it changes might.
Number from(std::int64_t count) noexcept {
    return {.whole = static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0))};
}

// The rows of all nodes, in the order in which they were first seen. Views into the answers.
class Rows {
  public:
    // Takes the rows of one node. False if it did not answer as it should; the rows that came
    // before are kept then.
    bool take(std::string_view answer) noexcept {
        std::size_t at = 0;
        std::size_t guess = 0;  // nodes of one version have the same rows in the same order
        while (true) {
            const ReplyLine line = read_reply_line(answer, at);
            Statistic statistic;
            if (line.status != ReplyStatus::complete || !parse_statistic(line.text, statistic)) {
                return line.status == ReplyStatus::complete && line.text == "END";
            }
            guess = take_row(statistic, guess) + 1;
            at = line.end;
        }
    }

    void append_to(base::ByteBuffer& out) const noexcept {
        for (std::size_t i = 0; i < size_; ++i) {
            const Row& row = rows_[i];
            if (row.rule == Rule::dropped) {
                continue;
            }
            if (row.is_number) {
                append_row(row.name, row.number, out);
            } else {
                append_row(row.name, row.text, out);
            }
        }
    }

  private:
    struct Row {
        std::string_view name;
        std::string_view text;  // of the first node
        Number number;
        Rule rule = Rule::sum;
        bool is_number = false;
    };

    // Returns where the row is.
    std::size_t take_row(const Statistic& statistic, std::size_t guess) noexcept {
        const std::size_t at = find(statistic.name, guess);
        const auto number = parse_statistic_number(statistic.value);
        if (at < size_) {
            combine(rows_[at], number);
        } else if (size_ < rows_.size()) {
            rows_[size_++] = {.name = statistic.name,
                              .text = statistic.value,
                              .number = number.value_or(Number{}),
                              .rule = rule_of(statistic.name),
                              .is_number = number.has_value()};
        }
        return at;
    }

    // size_ if there is none.
    std::size_t find(std::string_view name, std::size_t guess) const noexcept {
        if (guess < size_ && rows_[guess].name == name) {
            return guess;
        }
        std::size_t at = 0;
        while (at < size_ && rows_[at].name != name) {
            ++at;
        }
        return at;
    }

    static void combine(Row& row, const std::optional<Number>& number) noexcept {
        if (!row.is_number || !number) {
            return;  // text, of which the first stands for all
        }
        switch (row.rule) {
            case Rule::sum:
                row.number = add(row.number, *number);
                return;
            case Rule::least:
                row.number = std::min(row.number, *number);
                return;
            case Rule::most:
                row.number = std::max(row.number, *number);
                return;
            case Rule::first:
            case Rule::dropped:
                return;
        }
    }

    std::array<Row, base::kStatsRowsMax> rows_;
    std::size_t size_ = 0;
};

}  // namespace

void merge_stats(const SplitRequest& request, base::ByteBuffer& out) noexcept {
    const ProxyFacts& facts = request.facts;
    Rows rows;
    std::int64_t failed = 0;
    for (const PartReply& part : request.parts) {
        failed += part.failed || !rows.take(part.bytes) ? 1 : 0;
    }
    const auto unix_seconds = std::chrono::duration_cast<base::seconds>(facts.unix_time).count();
    append_row("pid", from(facts.pid), out);
    append_row("uptime", from(facts.uptime.count()), out);
    append_row("time", from(unix_seconds), out);
    rows.append_to(out);
    append_row("ringside_version", facts.version, out);
    append_row("ringside_pool", facts.pool, out);
    append_row("ringside_workers", {.whole = facts.workers}, out);
    append_row("ringside_nodes", {.whole = facts.nodes}, out);
    append_row("ringside_nodes_in_ring", {.whole = facts.nodes_in_ring}, out);
    append_row("ringside_nodes_failed", from(failed), out);
    append_row("ringside_client_connections", from(facts.client_connections), out);
    append_row("ringside_requests", from(facts.requests), out);
    append_row("ringside_rejected", from(facts.rejected), out);
    append_row("ringside_forward_errors", from(facts.forward_errors), out);
    out.append("END\r\n");
}

}  // namespace ringside::protocol
