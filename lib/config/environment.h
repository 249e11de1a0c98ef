// Variables of the environment in the values of a configuration: `expand_env: true`.
#pragma once

#include "base/expected.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ringside::config {

// The value of a variable; nothing: it is not set.
using Variables = std::function<std::optional<std::string>(const std::string& name)>;

// Those of the process. To be asked while no other thread changes them.
Variables process_variables();

// `text` with ${NAME} and ${NAME:-DEFAULT} replaced, the latter also where the variable is empty,
// as in a shell; $${ stands for ${. What is put in is not looked at again. invalid_config: a
// variable without a value and a default, or what is neither of the two.
base::Expected<std::string> expand(std::string_view text, const Variables& variables);

}  // namespace ringside::config
