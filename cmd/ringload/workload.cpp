#include "workload.h"

#include <array>
#include <random>

namespace ringside::load {

Workload::Workload(const Options& options)
    : keys_(options.keys),
      keys_per_get_(options.multi_get),
      value_bytes_(options.value_bytes),
      verify_values_(options.verify_values),
      prefix_(options.prefix) {
    std::minstd_rand random(20'260'101);  // any seed, but always the same: runs share a cache
    pattern_.resize(kOffsets + value_bytes_);
    for (char& byte : pattern_) {
        byte = static_cast<char>((random() >> 8) & 0xff);
    }
}

// Of a fixed width, so that all keys cost the same, and scattered: keys that differ in their last
// byte only are neighbours on a ring hashed with FNV, and would all live on one node.
void Workload::append_key(std::uint32_t index, std::string& out) const {
    constexpr std::uint32_t kScatter = 2'654'435'761;  // odd, so no two numbers become the same
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::array<char, 8> digits;
    std::uint32_t rest = index * kScatter;
    for (std::size_t i = digits.size(); i > 0; --i) {
        digits[i - 1] = kDigits[rest & 0xf];
        rest >>= 4;
    }
    out += prefix_;
    out.append(digits.data(), digits.size());
}

OperationSource OperationSource::storing_all(const Options& options) {
    return {options, options.keys, true};
}

OperationSource OperationSource::mixed(const Options& options) {
    return {options, options.requests, false};
}

OperationSource::OperationSource(const Options& options, std::uint64_t operations, bool in_order)
    : left_(operations),
      in_order_(in_order),
      keys_(options.keys),
      get_threshold_(static_cast<std::uint64_t>(options.get_ratio * 4294967296.0)),
      state_(options.seed) {}

bool OperationSource::next(Operation& operation) noexcept {
    if (left_ == 0) {
        return false;
    }
    --left_;
    if (in_order_) {
        operation = {Kind::set, position_++};
        return true;
    }
    const std::uint64_t bits = random();
    operation.kind = (bits & UINT32_MAX) < get_threshold_ ? Kind::get : Kind::set;
    operation.first = static_cast<std::uint32_t>(((bits >> 32) * keys_) >> 32);
    return true;
}

// SplitMix64 (Steele, Lea and Flood 2014).
std::uint64_t OperationSource::random() noexcept {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

}  // namespace ringside::load
