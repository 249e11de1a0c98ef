#include "discovery/source_machines.h"

#include "config/source_rows.h"

#include <gtest/gtest.h>

namespace ringside::discovery {
namespace {

TEST(SourceMachines, a_source_has_a_machine_unless_the_configuration_lists_its_nodes) {
    for (const config::SourceRow& row : config::source_rows()) {
        EXPECT_NE(make_machine(row.kind, 1) == nullptr, row.listed(row.make()) == nullptr)
            << row.name;
    }
}

TEST(SourceMachines, each_has_something_to_do_when_it_is_started) {
    for (const config::SourceRow& row : config::source_rows()) {
        const auto machine = make_machine(row.kind, 1);
        if (machine == nullptr) {
            continue;
        }

        const SourceActions actions = machine->resume(Started{row.make()}, base::TimePoint{});

        EXPECT_TRUE(actions.ask || actions.names || actions.wake_at) << row.name;
    }
}

}  // namespace
}  // namespace ringside::discovery
