// What is different when the program is called nutcracker, as by a link in the place of twemproxy's
// binary: what scripts and service files of twemproxy 0.5.0 and of its Debian package rely on.
//
// Under its own name Ringside refuses words that are no options, prints what it was asked for on
// stdout, and keeps the umask; under this one it does as nutcracker does.
#pragma once

#include <string>
#include <string_view>

namespace ringside::app {

struct Options;

inline constexpr std::string_view kNutcrackerName = "nutcracker";

// "This is nutcracker-0.5.0" and so on (nc.c, nc_show_version); a third line says who it really is.
std::string nutcracker_version();

// The files that nutcracker uses if it is not told which: Debian's if they can be there, else
// upstream's. Only where `options` has nothing from command line or environment.
void take_nutcracker_files(Options& options);

}  // namespace ringside::app
