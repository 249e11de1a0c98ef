#include "routing/fingerprint.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ringside::routing {
namespace {

PoolNode node(std::string name, std::uint32_t weight = 1) {
    return {{.name = std::move(name), .address = {"10.0.0.1", 1}, .weight = weight}};
}

PoolPtr pool(std::vector<PoolNode> nodes, PoolPolicy policy = {}) {
    return build_pool(0, "p", std::move(policy), std::move(nodes));
}

std::string print_of(const PoolPtr& pool) {
    return to_hex(fingerprint(*pool));
}

// These numbers were computed by an independent program (FNV-1a of 64 bits over the text). They may
// never change: sidecars of two releases are compared by them.
TEST(Fingerprint, has_the_golden_numbers) {
    PoolPolicy tagged;
    tagged.distribution = Distribution::modula;
    tagged.hash = HashKind::murmur;
    tagged.hash_tag = {'{', '}'};

    EXPECT_EQ(fingerprint_text(*pool({node("10.0.0.2"), node("10.0.0.1"), node("b", 3)})),
              "ring 1\nketama fnv1a_64 0:\n3 1:b\n1 8:10.0.0.1\n1 8:10.0.0.2\n");
    EXPECT_EQ(print_of(pool({node("10.0.0.2"), node("10.0.0.1"), node("b", 3)})),
              "5f879afbf86af077");
    EXPECT_EQ(fingerprint_text(*pool({node("n")}, tagged)), "ring 1\nmodula murmur 2:{}\n1 1:n\n");
    EXPECT_EQ(print_of(pool({node("n")}, tagged)), "d0cdaab0e0a95cc6");
    EXPECT_EQ(print_of(pool({})), "dd1a415dc6ff7db6");
}

TEST(Fingerprint, is_the_same_whatever_the_order_of_the_answer) {
    std::vector<PoolNode> nodes{node("cache-10"), node("cache-9"), node("a", 7), node("B")};
    const Fingerprint expected = fingerprint(*pool(nodes));

    std::sort(nodes.begin(), nodes.end(),
              [](const auto& a, const auto& b) { return a.node.name < b.node.name; });
    do {
        EXPECT_EQ(fingerprint(*pool(nodes)), expected);
    } while (std::next_permutation(nodes.begin(), nodes.end(), [](const auto& a, const auto& b) {
        return a.node.name < b.node.name;
    }));
}

TEST(Fingerprint, does_not_know_what_moves_no_key) {
    const Fingerprint expected = fingerprint(*pool({node("a"), node("b")}));
    std::vector<PoolNode> elsewhere{node("a"), node("b")};
    elsewhere[0].node.address = {"10.9.9.9", 7};
    elsewhere[0].node.id = 12;
    elsewhere[1].state = NodeState::ejected_by_health;
    PoolPolicy other;
    other.timeout = base::milliseconds(7);
    other.auto_eject = true;

    EXPECT_EQ(fingerprint(*pool(elsewhere, other)), expected);
    EXPECT_EQ(fingerprint(*build_pool(9, "another", {}, elsewhere)), expected);
}

TEST(Fingerprint, differs_with_all_that_moves_keys) {
    PoolPolicy modula;
    modula.distribution = Distribution::modula;
    PoolPolicy murmur;
    murmur.hash = HashKind::murmur;
    PoolPolicy tagged;
    tagged.hash_tag = {'0', ':'};
    std::set<Fingerprint> seen;

    for (const PoolPtr& each :
         {pool({node("a"), node("b")}), pool({node("a"), node("b")}, modula),
          pool({node("a"), node("b")}, murmur), pool({node("a"), node("b")}, tagged),
          pool({node("a"), node("b", 2)}), pool({node("a", 2), node("b")}), pool({node("a")}),
          pool({node("ab")}), pool({node("a"), node("B")}), pool({node("a\n1 1:b")})}) {
        EXPECT_TRUE(seen.insert(fingerprint(*each)).second) << fingerprint_text(*each);
    }
}

}  // namespace
}  // namespace ringside::routing
