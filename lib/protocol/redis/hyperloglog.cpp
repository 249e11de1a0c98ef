// The names of the estimator's variables are those of Redis and of O. Ertl, "New cardinality
// estimation algorithms for HyperLogLog sketches" (arXiv:1702.01284), section 4.
#include "protocol/redis/hyperloglog.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ringside::protocol {
namespace {

// "HYLL", one byte of encoding, three unused, eight with the count that was last asked for.
constexpr std::string_view kMagic = "HYLL";
constexpr std::size_t kHeaderBytes = 16;
constexpr char kDense = 0;
constexpr char kSparse = 1;

constexpr std::size_t kRegisterBits = 6;
constexpr std::size_t kRegisterMask = (1U << kRegisterBits) - 1;

// 14 of the 64 bits of an element's hash choose its register.
constexpr std::size_t kQ = 50;
constexpr double kCountMax = 1e18;  // fits the signed integers of RESP; no real set comes near
constexpr double kAlphaInfinity = 0.721347520444481703680;  // 0.5 / ln(2)

constexpr std::size_t byte_at(std::string_view bytes, std::size_t index) noexcept {
    return index < bytes.size() ? static_cast<unsigned char>(bytes[index]) : 0;
}

double sigma(double x) noexcept {
    if (x == 1.0) {
        return std::numeric_limits<double>::infinity();
    }
    double y = 1;
    double z = x;
    double z_prime = 0;
    do {
        x *= x;
        z_prime = z;
        z += x * y;
        y += y;
    } while (z_prime != z);
    return z;
}

double tau(double x) noexcept {
    if (x == 0.0 || x == 1.0) {
        return 0.0;
    }
    double y = 1.0;
    double z = 1 - x;
    double z_prime = 0;
    do {
        x = std::sqrt(x);
        z_prime = z;
        y *= 0.5;
        z -= std::pow(1 - x, 2) * y;
    } while (z_prime != z);
    return z / 3;
}

}  // namespace

HyperloglogUnion::Status HyperloglogUnion::add(std::string_view value) noexcept {
    if (value.size() < kHeaderBytes || !value.starts_with(kMagic)) {
        return Status::foreign;
    }
    const std::string_view body = value.substr(kHeaderBytes);
    switch (value[kMagic.size()]) {
        case kDense:
            return add_dense(body);
        case kSparse:
            return add_sparse(body);
        default:
            return Status::foreign;
    }
}

// Registers of six bits, packed from the lowest bit of the first byte on.
HyperloglogUnion::Status HyperloglogUnion::add_dense(std::string_view registers) noexcept {
    if (registers.size() != kRegisters * kRegisterBits / 8) {
        return Status::foreign;
    }
    for (std::size_t i = 0; i < kRegisters; ++i) {
        const std::size_t bit = i * kRegisterBits;
        const std::size_t two_bytes = byte_at(registers, bit / 8) | byte_at(registers, bit / 8 + 1)
                                                                        << 8;
        const auto value = static_cast<std::uint8_t>(two_bytes >> bit % 8 & kRegisterMask);
        registers_[i] = std::max(registers_[i], value);
    }
    return Status::added;
}

// Runs of equal registers: 00xxxxxx are x+1 zeros; 01xxxxxx with a second byte likewise, x having
// 14 bits; 1vvvvvxx are x+1 registers of v+1.
HyperloglogUnion::Status HyperloglogUnion::add_sparse(std::string_view opcodes) noexcept {
    std::size_t next = 0;
    for (std::size_t at = 0; at < opcodes.size(); ++at) {
        const std::size_t opcode = byte_at(opcodes, at);
        std::size_t run = (opcode & 0x3f) + 1;
        std::uint8_t value = 0;
        if ((opcode & 0x80) != 0) {
            run = (opcode & 0x3) + 1;
            value = static_cast<std::uint8_t>((opcode >> 2 & 0x1f) + 1);
        } else if ((opcode & 0x40) != 0) {
            ++at;
            run = ((opcode & 0x3f) << 8 | byte_at(opcodes, at)) + 1;
        }
        if (run > kRegisters - next) {
            return Status::corrupt;
        }
        for (const std::size_t end = next + run; next < end; ++next) {
            registers_[next] = std::max(registers_[next], value);
        }
    }
    return next == kRegisters ? Status::added : Status::corrupt;
}

std::uint64_t HyperloglogUnion::count() const noexcept {
    std::array<std::size_t, kRegisterMask + 1> histogram{};
    for (const std::uint8_t value : registers_) {
        ++histogram[value];
    }
    const auto m = static_cast<double>(kRegisters);
    double z = m * tau((m - static_cast<double>(histogram[kQ + 1])) / m);
    for (std::size_t k = kQ; k >= 1; --k) {
        z += static_cast<double>(histogram[k]);
        z *= 0.5;
    }
    z += m * sigma(static_cast<double>(histogram[0]) / m);
    const double estimate = kAlphaInfinity * m * m / z;  // infinite if all registers are full
    return estimate < kCountMax ? static_cast<std::uint64_t>(std::llround(estimate))
                                : static_cast<std::uint64_t>(kCountMax);
}

}  // namespace ringside::protocol
