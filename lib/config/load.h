// From YAML to a Config. The only file of the program that knows yaml-cpp.
#pragma once

#include "base/expected.h"
#include "config/config.h"

#include <string>
#include <string_view>

namespace ringside::config {

// Reads and checks the whole file. The error names file, line, column, path and rule:
// "pools.yml:12:6: alpha.servers[2]: port 0 is out of range 1..65535". Columns count bytes from 1;
// what is missing is told where it should be, and of the file as a whole without a place.
base::Expected<Config> load_file(const std::string& path);

// The same for text; `name` stands for the file in messages.
base::Expected<Config> load_text(std::string_view yaml, std::string_view name);

// The same for who checks what another machine will run: looks at no other file, so that passwords
// in files of their own are missing.
base::Expected<Config> check_text(std::string_view yaml, std::string_view name);

}  // namespace ringside::config
