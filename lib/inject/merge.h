// One document over another one.
#pragma once

#include "inject/json.h"

namespace ringside::inject {

// `base` with the members of `over`, maps in maps likewise; anything else that `over` has counts.
Json merged(Json base, const Json& over);

}  // namespace ringside::inject
