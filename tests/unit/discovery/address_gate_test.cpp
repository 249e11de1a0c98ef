#include "discovery/address_gate.h"

#include "controller_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace ringside::discovery {
namespace {

using base::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

const base::TimePoint kNow{seconds(1000)};

// What is wrong with a list of nodes, which listen on 11211.
std::string problem_of(const AddressGate& gate, std::vector<std::string> nodes) {
    const base::Status status = gate.check(membership(std::move(nodes)));
    return status ? "" : status.error().message;
}

AddressGate only(std::vector<std::string> ranges) {
    std::vector<routing::IpRange> parsed;
    for (const std::string& range : ranges) {
        parsed.push_back(*routing::IpRange::parse(range));
    }
    AddressGate gate;
    gate.set_allowed(std::move(parsed));
    return gate;
}

AddressGate beside(OwnListeners own) {
    AddressGate gate;
    gate.set_own(std::make_shared<const OwnListeners>(std::move(own)));
    return gate;
}

TEST(AddressGate, lets_everything_in_by_default) {
    EXPECT_EQ(problem_of({}, {"a=10.0.0.1", "b=203.0.113.1", "c=fd00::1", "d=d.example"}), "");
}

TEST(AddressGate, a_list_with_a_member_outside_is_refused_and_the_member_named) {
    const AddressGate gate = only({"10.0.0.0/8", "fd00::/8"});

    EXPECT_EQ(problem_of(gate, {"a=10.0.0.1", "b=fd00::1", "c=c.example"}), "");
    EXPECT_EQ(problem_of(gate, {"a=10.0.0.1", "b=192.0.2.1"}),
              "node b is at 192.0.2.1:11211, outside of \"allow\" (10.0.0.0/8, fd00::/8)");
}

TEST(AddressGate, each_address_of_a_member_counts) {
    routing::Membership said = membership({"a=10.0.0.1"});
    said.members[0].other_ips = {"2001:db8::1"};

    EXPECT_FALSE(only({"10.0.0.0/8"}).check(said));
}

TEST(AddressGate, where_this_process_listens_no_node_is) {
    const AddressGate gate = beside({.listeners = {{"10.0.0.1", 11211}}, .local_ips = {}});

    EXPECT_EQ(problem_of(gate, {"a=10.0.0.2"}), "");
    EXPECT_EQ(problem_of(gate, {"a=10.0.0.1"}),
              "node a is at 10.0.0.1:11211, where this process listens itself: requests would go "
              "round in a circle");
    EXPECT_EQ(problem_of(gate, {"a=::ffff:10.0.0.1"}).substr(0, 9), "node a is");
}

TEST(AddressGate, a_wildcard_is_every_address_of_this_host) {
    const AddressGate four =
        beside({.listeners = {{"0.0.0.0", 11211}}, .local_ips = {"10.0.0.1", "fd00::1"}});
    const AddressGate both =
        beside({.listeners = {{"::", 11211}}, .local_ips = {"10.0.0.1", "fd00::1"}});
    const AddressGate other_port =
        beside({.listeners = {{"::", 11212}}, .local_ips = {"10.0.0.1"}});

    EXPECT_NE(problem_of(four, {"a=10.0.0.1"}), "");
    EXPECT_NE(problem_of(four, {"a=127.0.0.9"}), "");
    EXPECT_EQ(problem_of(four, {"a=fd00::1"}), "");
    EXPECT_EQ(problem_of(four, {"a=10.0.0.2"}), "");
    EXPECT_NE(problem_of(both, {"a=10.0.0.1"}), "");
    EXPECT_NE(problem_of(both, {"a=fd00::1"}), "");
    EXPECT_NE(problem_of(both, {"a=::1"}), "");
    EXPECT_EQ(problem_of(both, {"a=fd00::2"}), "");
    EXPECT_EQ(problem_of(other_port, {"a=10.0.0.1"}), "");
}

TEST(AddressGate, of_the_addresses_of_a_name_those_outside_are_left_out) {
    const NameState found{.ips = {"192.0.2.1", "10.0.0.1"}};

    const NameState left = only({"10.0.0.0/8"}).filter(found, 11211, kNow);

    EXPECT_THAT(left.ips, ElementsAre("10.0.0.1"));
    EXPECT_EQ(left.problem, "");
}

TEST(AddressGate, a_name_that_has_no_other_addresses_has_a_problem) {
    const NameState outside = only({"10.0.0.0/8"}).filter({.ips = {"192.0.2.1"}}, 11211, kNow);
    const NameState ours = beside({.listeners = {{"10.0.0.1", 11211}}, .local_ips = {}})
                               .filter({.ips = {"10.0.0.1"}}, 11211, kNow);

    EXPECT_THAT(outside.ips, IsEmpty());
    EXPECT_EQ(outside.problem, "all addresses of its name are outside of \"allow\"");
    EXPECT_EQ(outside.problem_since, kNow);
    EXPECT_EQ(ours.problem, "its name leads to where this process listens itself");
}

// As connect() reads them: a rule must not be passed by writing an address otherwise.
TEST(AddressGate, judges_an_address_in_each_form_that_can_be_dialled) {
    for (const char* const ip : {"10.0.0.1", "10.1", "167772161", "0xa.1", "012.0.0.1",
                                 "::ffff:10.0.0.1", "::ffff:10.0.0.1%lo"}) {
        EXPECT_TRUE(only({"10.0.0.0/8"}).check(membership({"a=" + std::string(ip)}))) << ip;
        EXPECT_FALSE(only({"10.9.0.0/16"}).check(membership({"a=" + std::string(ip)}))) << ip;
    }
    OwnListeners own;
    own.listeners = {{"127.0.0.1", 22121}};
    for (const char* const ip : {"127.1", "2130706433", "0x7f.1", "::ffff:127.0.0.1%lo"}) {
        EXPECT_TRUE(own.contains(ip, 22121)) << ip;
        EXPECT_FALSE(own.contains(ip, 22122)) << ip;
    }
}

TEST(AddressGate, a_problem_of_the_name_itself_stays_as_it_is) {
    const NameState lost{.ips = {}, .problem = "no such name", .problem_since = kNow};

    const NameState left = only({"10.0.0.0/8"}).filter(lost, 11211, kNow + seconds(9));

    EXPECT_EQ(left.problem, "no such name");
    EXPECT_EQ(left.problem_since, kNow);
}

}  // namespace
}  // namespace ringside::discovery
