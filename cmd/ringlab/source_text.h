// What a source of each kind has to say of a cluster, and how Ringside is told to ask it. No I/O.
#pragma once

#include "configuration.h"
#include "source_kind.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::lab {

// The list of a file, as `discovery: file:` reads it. `mode`: one of those that a file has.
std::string file_text(const Configuration& configuration, Mode mode);

// The records, as dnsmasq(8) takes them in its command line. `kind`: dns or srv.
std::vector<std::string> dns_records(const Configuration& configuration, SourceKind kind);

// Where the source is.
struct SourcePlace {
    std::uint16_t port = 0;           // of what is asked; 0: it is a file
    std::string path;                 // of the file
    std::string token_file, ca_file;  // of an API server
    std::uint16_t node_port = 0;      // of all nodes, as DNS tells no ports; of `dns` only
};

// "endpoint", "file", "nameserver", "api_server": what its place is called.
std::string_view place_name(SourceKind kind) noexcept;
std::string place_text(SourceKind kind, const SourcePlace& place);

// A whole configuration of Ringside for it, with a pool called cache.
std::string ringside_config(SourceKind kind, const SourcePlace& place);

// Whether a source of this kind can be made to answer so.
bool can_misbehave(SourceKind kind, Mode mode) noexcept;
// "normal, empty and closed": how it can.
std::string modes_of(SourceKind kind);

}  // namespace ringside::lab
