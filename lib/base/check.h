// Assertions on our own mistakes, never on input.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace ringside::base {
[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) noexcept {
    std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, condition);
    std::abort();
}
}  // namespace ringside::base

// Always on: at the edges of modules.
#define CHECK(condition) \
    ((condition) ? void(0) : ::ringside::base::check_failed(#condition, __FILE__, __LINE__))

// Only in builds without NDEBUG: in hot loops.
#ifdef NDEBUG
#define DCHECK(condition) void(sizeof((condition) ? 1 : 0))
#else
#define DCHECK(condition) CHECK(condition)
#endif
