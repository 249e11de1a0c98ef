#include "discovery/source_machines.h"

#include "discovery/dns_machine.h"
#include "discovery/elasticache_machine.h"
#include "discovery/file_machine.h"
#include "discovery/kubernetes_machine.h"

#include <array>
#include <cstddef>
#include <variant>

namespace ringside::discovery {
namespace {

using config::SourceKind;

struct MachineRow {
    SourceKind kind;
    std::unique_ptr<SourceMachine> (*make)(std::uint64_t seed);  // null: nobody is asked
};

template <typename Machine>
std::unique_ptr<SourceMachine> make(std::uint64_t seed) {
    return std::make_unique<Machine>(seed);
}

constexpr std::array kMachineRows{
    MachineRow{SourceKind::static_list, nullptr},
    MachineRow{SourceKind::elasticache, make<ElastiCacheMachine>},
    MachineRow{SourceKind::dns, make<DnsMachine>},
    MachineRow{SourceKind::srv, make<DnsMachine>},
    MachineRow{SourceKind::file, make<FileMachine>},
    MachineRow{SourceKind::kubernetes, make<KubernetesMachine>},
};

constexpr bool are_in_order() {
    for (std::size_t i = 0; i < kMachineRows.size(); ++i) {
        if (kMachineRows[i].kind != static_cast<SourceKind>(i)) {
            return false;
        }
    }
    return kMachineRows.size() == std::variant_size_v<config::Source>;
}
static_assert(are_in_order(), "one row for each kind, in the order of SourceKind");

}  // namespace

std::unique_ptr<SourceMachine> make_machine(SourceKind kind, std::uint64_t seed) {
    const auto make = kMachineRows[static_cast<std::size_t>(kind)].make;
    return make == nullptr ? nullptr : make(seed);
}

}  // namespace ringside::discovery
