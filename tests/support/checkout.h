// Where the sources and the programs of this build are. One object file knows, so that no other
// test depends on the folder that it is built in.
#pragma once

#include <string>

namespace ringside::checkout {

// An absolute path in the checkout: path("docs/CONFIG.md").
std::string path(const std::string& relative);
// A program of this build: program("ringside"). That one may be of another build, whose path is in
// the environment as RINGSIDE_UNDER_TEST.
std::string program(const std::string& name);

}  // namespace ringside::checkout
