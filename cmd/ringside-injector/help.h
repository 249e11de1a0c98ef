// The help and docs/INJECTOR.md, from the tables of verbs, options, annotations, reasons, metrics.
#pragma once

#include "verbs.h"

#include <string>

namespace ringside::injector {

std::string help_text();  // all verbs
std::string verb_help(const Verb& verb);
std::string help_document();  // docs/INJECTOR.md

}  // namespace ringside::injector
