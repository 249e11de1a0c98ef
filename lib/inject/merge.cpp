#include "inject/merge.h"

#include <utility>

namespace ringside::inject {

Json merged(Json base, const Json& over) {
    if (!base.is_object() || !over.is_object()) {
        return over;
    }
    for (const auto& [name, value] : over.items()) {
        Json& place = base[name];
        place = merged(std::move(place), value);
    }
    return base;
}

}  // namespace ringside::inject
