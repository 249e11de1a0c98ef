// Answers of configuration endpoints: any bytes, cut anywhere, end in a usable list or in nothing.
#include "discovery/elasticache_answer.h"

#include "base/check.h"
#include "discovery/node_address.h"
#include "fuzz/framing.h"

#include <algorithm>

namespace {

using ringside::discovery::AnswerStatus;
using ringside::discovery::ElastiCacheAnswer;
using ringside::discovery::parse_elasticache_answer;
using ringside::routing::Member;

void check_answer(const ElastiCacheAnswer& answer) {
    const auto& members = answer.membership.members;
    if (answer.status != AnswerStatus::complete) {
        CHECK(members.empty());
        CHECK((answer.status == AnswerStatus::need_more) == answer.problem.empty());
        CHECK(std::all_of(answer.problem.begin(), answer.problem.end(),
                          [](char c) { return c >= 0x20 && c <= 0x7e; }));
        return;
    }
    CHECK(!members.empty());
    const auto not_ascending = [](const Member& a, const Member& b) {
        return !ringside::routing::ring_name_less(a.name, b.name);
    };
    CHECK(std::adjacent_find(members.begin(), members.end(), not_ascending) == members.end());
    for (const Member& member : members) {
        CHECK(ringside::discovery::is_host_text(member.address.host) && member.address.port != 0);
        CHECK(!ringside::discovery::is_forbidden_ip(member.address.host));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ringside::fuzz::Input input(data, size);
    const ElastiCacheAnswer whole = parse_elasticache_answer(input.bytes);
    check_answer(whole);

    // The verdict does not depend on how the bytes arrive.
    ElastiCacheAnswer pieces;
    std::size_t arrived = 0;
    while (pieces.status == AnswerStatus::need_more && arrived < input.bytes.size()) {
        arrived = std::min(arrived + input.piece_bytes, input.bytes.size());
        pieces = parse_elasticache_answer(input.bytes.substr(0, arrived));
    }
    CHECK(pieces.status == whole.status);
    CHECK(pieces.membership.members == whole.membership.members);
    CHECK(pieces.membership.source_version == whole.membership.source_version);
    return 0;
}
