// Where the sources and the programs of this build are. One object file knows, so that no other
// test depends on the folder that it is built in.
#pragma once

#include <string>

namespace ringside::checkout {

// An absolute path in the checkout: path("docs/CONFIG.md").
std::string path(const std::string& relative);
// A program of this build: program("ringside"). The environment may name others: RINGSIDE_PROGRAMS
// the folder of a build without sanitizers, RINGSIDE_UNDER_TEST a proxy with them.
std::string program(const std::string& name);
// Whether the proxy among them is built with a sanitizer.
bool are_programs_sanitized();

}  // namespace ringside::checkout
