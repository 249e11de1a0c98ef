// The verbs that read and print, and are done. Each returns the exit code.
#pragma once

#include "base/expected.h"
#include "inject/template.h"
#include "options.h"

#include <string_view>

namespace ringside::injector {

int run_inject(const Options& options);
int run_uninject(const Options& options);
int run_template(const Options& options);
int run_help(const Options& options);

// Says on standard error what is wrong.
int fail(int exit_code, std::string_view message);

// Of --template, or the one that is built in.
base::Expected<inject::Template> read_template(const Options& options);

// For ConfigMaps, which end at 1 MiB.
inline constexpr std::size_t kTemplateBytesMax = std::size_t{1} << 20;

}  // namespace ringside::injector
