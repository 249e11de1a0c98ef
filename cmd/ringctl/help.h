// The help, docs/RINGCTL.md and the manual page, from the tables of verbs and options.
#pragma once

#include "verbs.h"

#include <string>

namespace ringside::ctl {

std::string help_text();  // all verbs
std::string verb_help(const Verb& verb);
std::string help_document();  // docs/RINGCTL.md
std::string manual();         // ringctl(1)

// ringctl help [VERB].
base::Expected<Shown> run_help(Api& api, const Options& options);

}  // namespace ringside::ctl
