// JSON Patch (RFC 6902) from one document to another one.
#pragma once

#include "inject/json.h"

#include <optional>

namespace ringside::inject {

// `add` of what is not there, `replace` of what is otherwise, never anything else. A list whose
// items are all still there, in their order, only gets `add`s: items are the same by `name`, or
// else by all that they are. What has lost a member or an item is replaced as a whole.
Json patch_between(const Json& before, const Json& after);

// The document with the patch; nothing if that does not apply.
std::optional<Json> with_patch(const Json& document, const Json& patch);

}  // namespace ringside::inject
