#include "compare_report.h"

#include "table.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>

namespace ringside::ctl {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kPercent = 100.0;
constexpr int kIndent = 2;

double moved_percent(const routing::Comparison& comparison) {
    return kPercent * static_cast<double>(comparison.moved) / static_cast<double>(comparison.keys);
}

std::string change(std::string_view what, std::string_view from, std::string_view to) {
    return printable(fmt::format("  {}: {} -> {}", what, from, to)) + "\n";
}

std::string pool_text(const PoolReport& pool) {
    std::string text = printable(pool.name) + ": ";
    if (!pool.comparison) {
        return text + "not compared: " + printable(pool.reason) + "\n";
    }
    const routing::Comparison& comparison = *pool.comparison;
    fmt::format_to(std::back_inserter(text), "{} of {} keys ({:.2f} %) live on another node\n",
                   comparison.moved, comparison.keys, moved_percent(comparison));
    for (const routing::Difference& difference : comparison.differences) {
        text += change(difference.what, difference.from, difference.to);
    }
    for (const routing::Move& move : comparison.examples) {
        text += change("key " + move.key, move.from, move.to);
    }
    for (const std::string& note : pool.notes) {
        text += "  note: " + printable(note) + "\n";
    }
    return text;
}

Json pool_object(const PoolReport& pool) {
    Json object = {{"name", pool.name}, {"compared", pool.comparison.has_value()}};
    if (!pool.comparison) {
        object["reason"] = pool.reason;
        return object;
    }
    const routing::Comparison& comparison = *pool.comparison;
    object["keys"] = comparison.keys;
    object["moved"] = comparison.moved;
    object["moved_percent"] = moved_percent(comparison);
    object["differences"] = Json::array();
    for (const routing::Difference& difference : comparison.differences) {
        object["differences"].push_back(
            {{"what", difference.what}, {"from", difference.from}, {"to", difference.to}});
    }
    object["examples"] = Json::array();
    for (const routing::Move& move : comparison.examples) {
        object["examples"].push_back({{"key", move.key}, {"from", move.from}, {"to", move.to}});
    }
    object["notes"] = pool.notes;
    return object;
}

}  // namespace

std::string compare_text(const CompareReport& report) {
    std::string text =
        fmt::format("from {}\nto   {}\n\n", printable(report.from), printable(report.to));
    for (const PoolReport& pool : report.pools) {
        text += pool_text(pool);
    }
    return text;
}

std::string compare_json(const CompareReport& report) {
    Json pools = Json::array();
    for (const PoolReport& pool : report.pools) {
        pools.push_back(pool_object(pool));
    }
    const Json root = {{"from", report.from}, {"to", report.to}, {"pools", std::move(pools)}};
    // Keys of a file can be any bytes.
    return root.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ringside::ctl
