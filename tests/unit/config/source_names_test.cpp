#include "config/source_names.h"

#include "config/source_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::config {
namespace {

using routing::Identity;
using testing::HasSubstr;

const Source kDns = DnsSource{};
const Source kSrv = SrvSource{};
const Source kCluster = ElastiCacheSource{};
const Source kFile = FileSource{};
const Source kService = KubernetesSource{};
const Source kAddresses =
    StaticSource{{.members = {{.name = "10.0.0.1", .address = {"10.0.0.1", 11211}}}}};
const Source kHosts =
    StaticSource{{.members = {{.name = "a.example:1", .address = {"a.example", 1}}}}};
const Source kNamed =
    StaticSource{{.members = {{.name = "cache-0", .address = {"10.0.0.1", 11211}}}}};

std::string difference(const std::vector<const Source*>& sources,
                       Identity identity = Identity::source, std::string_view name_template = {}) {
    const auto unfit = find_unfit(sources, identity, name_template);
    return unfit ? std::to_string(unfit->place) + ": " + unfit->why : "";
}

TEST(SourceNames, sources_combine_if_they_name_nodes_by_the_same_kind_of_text) {
    EXPECT_EQ(difference({&kDns}), "");
    EXPECT_EQ(difference({&kDns, &kAddresses}), "");
    EXPECT_EQ(difference({&kSrv, &kCluster, &kHosts}), "");
    EXPECT_EQ(difference({&kService, &kDns, &kCluster, &kAddresses}, Identity::address), "");
}

TEST(SourceNames, what_somebody_has_written_can_be_what_the_other_source_has) {
    EXPECT_EQ(difference({&kService, &kFile, &kNamed}), "");
    EXPECT_EQ(difference({&kFile, &kDns}), "");
    EXPECT_THAT(difference({&kFile, &kDns, &kSrv}), HasSubstr("2: dns (address) and srv"));
}

TEST(SourceNames, sources_that_would_move_keys_are_told_with_what_to_write_instead) {
    EXPECT_EQ(difference({&kService, &kDns}),
              "1: kubernetes (pod name) and dns (address) would name the same nodes differently, "
              "and keys move when one takes over from the other; write \"identity: address\"");
    EXPECT_THAT(difference({&kDns, &kCluster}, Identity::host),
                HasSubstr("write \"identity: address\""));
    EXPECT_THAT(difference({&kService, &kSrv}, Identity::host),
                HasSubstr("host name in its service"));
    EXPECT_THAT(difference({&kDns, &kSrv}, Identity::address),
                HasSubstr("no identity makes them agree"));
    EXPECT_THAT(difference({&kCluster, &kAddresses}), HasSubstr("write \"identity: address\""));
}

TEST(SourceNames, of_an_ordinal_only_the_first_label_of_a_host_counts) {
    EXPECT_EQ(difference({&kService, &kSrv}, Identity::ordinal), "");
    EXPECT_EQ(difference({&kService, &kSrv}, Identity::by_template, "{short_host}"), "");
    EXPECT_THAT(difference({&kService, &kSrv}, Identity::by_template, "{host}"),
                HasSubstr("write \"identity: ordinal\""));
    EXPECT_EQ(difference({&kService, &kDns}, Identity::by_template, "{address}:{port}"), "");
}

TEST(SourceNames, a_source_that_lacks_what_names_are_made_of_is_told_even_alone) {
    EXPECT_EQ(difference({&kDns}, Identity::ordinal),
              "0: dns does not know all that \"ordinal\" is made of; it knows: address; by itself: "
              "address");
    EXPECT_THAT(difference({&kSrv}, Identity::by_template, "{address}"),
                HasSubstr("srv does not know all that \"{address}\" is made of"));
    EXPECT_THAT(difference({&kService, &kFile}, Identity::by_template, "{zone}{name}"),
                HasSubstr("1: file does not know"));
    EXPECT_EQ(difference({&kDns}, Identity::host), "") << "who has not got it has the address";
}

TEST(SourceNames, each_source_is_described_by_what_it_has) {
    EXPECT_EQ(describe(source_row(kDns).names), "address; by itself: address");
    EXPECT_EQ(describe(source_row(kService).names),
              "host name in its service, address, zone; by itself: pod name");
    EXPECT_EQ(describe(source_row(kFile).names), "by itself: what is written there");
}

}  // namespace
}  // namespace ringside::config
