// The table of sources, as the configuration knows them: one row for each kind. Loading,
// docs/CONFIG.md and the names that people see come from it; who asks a source is the row of the
// same kind in discovery/source_machines.h.
#pragma once

#include "config/schema.h"
#include "config/source.h"
#include "config/source_names.h"
#include "config/tls.h"
#include "routing/membership.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::config {

struct SourceRow {
    SourceKind kind;
    std::string_view name;  // for people: "static"
    // In the map `discovery:`. Of type servers: the value is a list of nodes, as `servers:` of the
    // pool. Of type map: it has the keys of `settings`.
    Key key;
    std::span<const Row<Source>> settings;
    std::span<const Row<TlsConfig>> tls;  // the keys of its block `tls:`; none: it has no block
    SourceNames names;                    // what its nodes can be called by
    // Exactly one of these settings must be given, beside those that are required; none: no rule.
    std::span<const std::string_view> one_of;
    // What is wrong with settings that are each right; null: nothing can be.
    base::Status (*check)(const Source& source);
    Source (*make)();  // with the defaults of all settings
    // Who is asked; empty: nobody. Two sources of a kind that ask the same are one source: what
    // was learnt of it stays when its other settings change.
    std::string (*asked)(const Source& source);
    // The nodes, if the configuration itself lists them; null: they have to be asked for.
    const routing::Membership* (*listed)(const Source& source);
};

std::span<const SourceRow> source_rows() noexcept;
const SourceRow& source_row(const Source& source) noexcept;

// The keys of the rows above, NAME: discovery: KEY. What they hold is the loader's work.
std::span<const Row<Source>> discovery_rows() noexcept;

// "elasticache cfg.example:11211", "static". The same text: the same source.
std::string describe(const Source& source);

// All sources of a pool, in order of preference.
std::vector<const Source*> sources_of(const PoolConfig& pool);

// What its block `tls:` sets; null: it has none.
const TlsConfig* tls_of(const Source& source);
TlsConfig* tls_of(Source& source);

// As SourceRow::listed.
const routing::Membership* listed_members(const Source& source);

// For who has named none: "elasticache: {endpoint: HOST:PORT}", with " or " between several.
std::string source_examples();

}  // namespace ringside::config
