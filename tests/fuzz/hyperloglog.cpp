// Values that claim to be HyperLogLogs of Redis.
#include "protocol/redis/hyperloglog.h"

#include "base/check.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using ringside::protocol::HyperloglogUnion;
    const std::string_view value(reinterpret_cast<const char*>(data), size);
    HyperloglogUnion once;
    HyperloglogUnion twice;
    const auto status = once.add(value);
    if (status == HyperloglogUnion::Status::added) {
        CHECK(twice.add(value) == status && twice.add(value) == status);
        CHECK(once.count() == twice.count());
    }
    return 0;
}
