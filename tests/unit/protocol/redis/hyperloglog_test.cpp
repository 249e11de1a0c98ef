#include "protocol/redis/hyperloglog.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::protocol {
namespace {

using Status = HyperloglogUnion::Status;
using namespace std::string_literals;

const std::string kHeader = "HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80"s;
const std::string kDenseHeader = "HYLL\0\0\0\0\0\0\0\0\0\0\0\x80"s;
constexpr std::size_t kDenseBytes = 12288;

// As Redis 7.0.15 leaves them after PFADD of "a", "b", "c", and of nothing.
const std::string kThree = kHeader + "\x60\xf3\x80\x50\xb1\x84\x4b\xfb\x80\x42\x5a"s;
const std::string kEmpty = kHeader + "\x7f\xff"s;

TEST(Hyperloglog, nothing_is_counted_as_nothing) {
    HyperloglogUnion none;
    HyperloglogUnion empty;

    EXPECT_EQ(empty.add(kEmpty), Status::added);

    EXPECT_EQ(none.count(), 0U);
    EXPECT_EQ(empty.count(), 0U);
}

TEST(Hyperloglog, an_element_in_several_counts_once) {
    HyperloglogUnion together;

    EXPECT_EQ(together.add(kThree), Status::added);
    EXPECT_EQ(together.count(), 3U);
    EXPECT_EQ(together.add(kThree), Status::added);
    EXPECT_EQ(together.count(), 3U);
}

TEST(Hyperloglog, dense_registers_are_packed_from_the_lowest_bit) {
    // Registers 0 and 16383 have the value 1, as after two elements.
    std::string registers(kDenseBytes, '\0');
    registers.front() = 1;
    registers.back() = 4;
    HyperloglogUnion dense;
    HyperloglogUnion sparse;

    EXPECT_EQ(dense.add(kDenseHeader + registers), Status::added);
    EXPECT_EQ(sparse.add(kHeader + "\x80\x7f\xfd\x80"s), Status::added);

    EXPECT_EQ(dense.count(), 2U);
    EXPECT_EQ(sparse.count(), 2U);
    EXPECT_EQ(dense.add(kHeader + "\x80\x7f\xfd\x80"s), Status::added);
    EXPECT_EQ(dense.count(), 2U);
}

TEST(Hyperloglog, full_registers_end_the_estimate) {
    HyperloglogUnion full;

    EXPECT_EQ(full.add(kDenseHeader + std::string(kDenseBytes, '\xff')), Status::added);

    EXPECT_EQ(full.count(), 1'000'000'000'000'000'000U);
}

TEST(Hyperloglog, other_strings_are_foreign) {
    HyperloglogUnion together;

    for (const std::string& value :
         {""s, "HYLL"s, "text that is long enough"s, "HYLX"s + kEmpty.substr(4),
          "HYLL\x02"s + kEmpty.substr(5), kDenseHeader + std::string(kDenseBytes - 1, '\0'),
          kDenseHeader + std::string(kDenseBytes + 1, '\0')}) {
        EXPECT_EQ(together.add(value), Status::foreign) << value.size();
    }
}

TEST(Hyperloglog, a_sparse_form_must_describe_all_registers_and_no_more) {
    for (const std::string& opcodes :
         {""s, "\x7f"s, "\x7f\xfe"s, "\x7f\xff\x01"s, "\x7f\xff\x80"s, "\x80\x7f\xff"s, "\x40"s}) {
        HyperloglogUnion together;
        EXPECT_EQ(together.add(kHeader + opcodes), Status::corrupt) << opcodes.size();
    }
}

}  // namespace
}  // namespace ringside::protocol
