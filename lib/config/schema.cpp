#include "config/schema.h"

#include "base/check.h"
#include "base/limits.h"
#include "config/drain_rows.h"
#include "config/pool_rows.h"
#include "config/process_rows.h"
#include "config/rule_rows.h"
#include "config/value.h"
#include "config/workers.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace ringside::config {
namespace {

using base::Done;
using base::Status;
using Text = std::string_view;

constexpr auto kPoolRows = [] {
    std::array<Row<PoolConfig>, kOwnPoolRows.size() + kRuleRows.size()> rows{};
    auto next = std::copy(kOwnPoolRows.begin(), kOwnPoolRows.end(), rows.begin());
    std::copy(kRuleRows.begin(), kRuleRows.end(), next);
    return rows;
}();

static_assert(is_well_formed<PoolConfig>(kPoolRows) &&
              is_well_formed<ProcessConfig>(kProcessRows) &&
              is_well_formed<DrainConfig>(kDrainRows));

}  // namespace

std::span<const Row<PoolConfig>> pool_rows() noexcept {
    return kPoolRows;
}
std::span<const Row<PoolConfig>> rule_rows() noexcept {
    return kRuleRows;
}
std::span<const Row<ProcessConfig>> process_rows() noexcept {
    return kProcessRows;
}
std::span<const Row<DrainConfig>> drain_rows() noexcept {
    return kDrainRows;
}

Status set_process_key(ProcessConfig& process, Text name, Text text) {
    const auto row = std::find_if(kProcessRows.begin(), kProcessRows.end(),
                                  [name](const auto& each) { return each.key.name == name; });
    CHECK(row != kProcessRows.end());
    return row->set(process, row->key, text);
}

}  // namespace ringside::config
