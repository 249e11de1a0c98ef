#include "discovery/make_resolver.h"

#include "discovery/elasticache_resolver.h"

#include <variant>

namespace ringside::discovery {

std::unique_ptr<Resolver> make_resolver(io::EventLoop& loop, Names& names,
                                        const config::Source& source, std::uint64_t seed) {
    if (const auto* elasticache = std::get_if<config::ElastiCacheSource>(&source)) {
        return std::make_unique<ElastiCacheResolver>(loop, names, *elasticache, seed);
    }
    return nullptr;
}

}  // namespace ringside::discovery
