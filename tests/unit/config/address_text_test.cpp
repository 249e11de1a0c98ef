#include "config/address_text.h"

#include <gtest/gtest.h>

#include <string>

namespace ringside::config {
namespace {

using routing::Address;
using routing::Member;

std::string listen_error(std::string_view text) {
    const auto listen = parse_listen(text);
    return listen ? "parsed" : listen.error().message;
}

std::string server_error(std::string_view text) {
    const auto member = parse_server(text);
    return member ? "parsed" : member.error().message;
}

TEST(ParseListen, splits_at_the_last_colon) {
    EXPECT_EQ(parse_listen("127.0.0.1:11211")->address, (Address{"127.0.0.1", 11211}));
    EXPECT_EQ(parse_listen("cache.local:1")->address, (Address{"cache.local", 1}));
    EXPECT_EQ(parse_listen("[::1]:65535")->address, (Address{"::1", 65535}));
    EXPECT_EQ(parse_listen("::1:21100")->address, (Address{"::1", 21100}));
    EXPECT_EQ(parse_listen("[fe80::1%lo]:1")->address, (Address{"fe80::1%lo", 1}));
    EXPECT_EQ(parse_listen("[::1]:65535")->text, "[::1]:65535");
}

TEST(ParseListen, takes_a_unix_path_and_its_mode) {
    EXPECT_EQ(parse_listen("/run/a.sock")->address, (Address{"/run/a.sock", 0}));
    EXPECT_EQ(parse_listen("/run/a.sock")->mode, std::nullopt);
    EXPECT_EQ(parse_listen("/run/a.sock 0660")->address, (Address{"/run/a.sock", 0}));
    EXPECT_EQ(parse_listen("/run/a.sock 0660")->mode, 0660U);
    EXPECT_EQ(parse_listen("/run/a.sock 777")->mode, 0777U);
    EXPECT_EQ(parse_listen("/run/a.sock 0")->mode, std::nullopt);
    EXPECT_EQ(parse_listen("/run/with blank 7")->address.host, "/run/with blank");
}

TEST(ParseListen, refuses_what_is_no_address) {
    EXPECT_EQ(listen_error("11211"), "\"11211\" is not \"HOST:PORT\", \"/PATH\" or \"/PATH MODE\"");
    EXPECT_EQ(listen_error(":11211"),
              "the host is missing; for all addresses write 0.0.0.0 or [::]");
    EXPECT_EQ(listen_error("a b:1"), "\"a b\" is not a host name or an IP address");
    const std::string no_ipv6 =
        " is not an IPv6 address; with its port it is written as [ADDRESS]:PORT";
    EXPECT_EQ(listen_error("x::y:53"), "\"x::y\"" + no_ipv6);
    EXPECT_EQ(listen_error("fe80::1"), "\"fe80:\"" + no_ipv6) << "without its port";
    EXPECT_EQ(listen_error("::1"), "\":\"" + no_ipv6);
    EXPECT_EQ(listen_error("[localhost]:1"), "\"localhost\" in brackets is not an IPv6 address");
    EXPECT_EQ(listen_error(std::string(256, 'h') + ":1"), "the host is longer than 255 bytes");
}

TEST(ParseListen, refuses_ports_out_of_range) {
    EXPECT_EQ(listen_error("a:0"), "port 0 is out of range 1..65535");
    EXPECT_EQ(listen_error("a:65536"), "port 65536 is out of range 1..65535");
    EXPECT_EQ(listen_error("a:"), "\"\" is not a port; write a number from 1 to 65535");
    EXPECT_EQ(listen_error("a:+1"), "\"+1\" is not a port; write a number from 1 to 65535");
    EXPECT_EQ(listen_error("a:011211"), "port 011211 starts with a zero; write it without");
}

TEST(ParseListen, refuses_modes_that_are_not_octal_up_to_0777) {
    const std::string rule =
        " is not the mode of a unix socket; write octal digits from 0 (as the umask says) to "
        "0777";

    EXPECT_EQ(listen_error("/s 1000"), "\"1000\"" + rule);
    EXPECT_EQ(listen_error("/s 68"), "\"68\"" + rule);
    EXPECT_EQ(listen_error("/s "), "\"\"" + rule);
    EXPECT_EQ(listen_error("/s 777777777777777777777"), "\"777777777777777777777\"" + rule);
}

TEST(ParseListen, refuses_paths_that_no_socket_can_have) {
    const std::string longest = "/" + std::string(106, 'p');

    EXPECT_EQ(listen_error(longest), "parsed");
    EXPECT_EQ(listen_error(longest + "p"), "the path of a unix socket is longer than 107 bytes");
    EXPECT_EQ(listen_error("/"), "\"/\" is not the path of a unix socket");
    EXPECT_EQ(listen_error("/a\nb"), "\"/a\\x0ab\" is not the path of a unix socket");
}

TEST(ParseServer, gives_the_ring_name_of_twemproxy) {
    EXPECT_EQ(*parse_server("10.0.0.1:11211:1"), (Member{"10.0.0.1", {"10.0.0.1", 11211}, 1}));
    EXPECT_EQ(*parse_server("10.0.0.1:11212:3"),
              (Member{"10.0.0.1:11212", {"10.0.0.1", 11212}, 3}));
    EXPECT_EQ(*parse_server("/run/m.sock:1"), (Member{"/run/m.sock:", {"/run/m.sock", 0}, 1}));
    EXPECT_EQ(*parse_server("h:1:2 name"), (Member{"name", {"h", 1}, 2}));
    EXPECT_EQ(*parse_server("/s:2 name"), (Member{"name", {"/s", 0}, 2}));
}

TEST(ParseServer, takes_ipv6_with_and_without_brackets) {
    EXPECT_EQ(*parse_server("::1:21205:1"), (Member{"::1:21205", {"::1", 21205}, 1}));
    EXPECT_EQ(*parse_server("[::1]:21205:1"), (Member{"::1:21205", {"::1", 21205}, 1}));
}

TEST(ParseServer, takes_the_largest_weight_and_no_larger) {
    EXPECT_EQ(parse_server("h:1:2147483648")->weight, 2'147'483'648U);
    EXPECT_EQ(server_error("h:1:2147483649"), "weight 2147483649 is out of range 1..2147483648");
    EXPECT_EQ(server_error("h:1:0"), "weight 0 is out of range 1..2147483648");
    EXPECT_EQ(server_error("h:1:x"), "\"x\" is not a weight; write a number from 1 to 2147483648");
}

TEST(ParseServer, refuses_other_forms) {
    const std::string rule = " is not \"HOST:PORT:WEIGHT [NAME]\" or \"/PATH:WEIGHT [NAME]\"";

    EXPECT_EQ(server_error("h"), "\"h\"" + rule);
    EXPECT_EQ(server_error("h:1"), "\"h:1\"" + rule);
    EXPECT_EQ(server_error("/s"), "\"/s\"" + rule);
    EXPECT_EQ(server_error(":1:1"), "the host is missing; for all addresses write 0.0.0.0 or [::]");
}

TEST(ParseServer, refuses_names_that_do_not_fit_a_line_of_statistics) {
    EXPECT_EQ(server_error("h:1:1 "), "the name behind the blank is empty");
    EXPECT_EQ(server_error("h:1:1 a\tb"), "the name \"a\\x09b\" holds a control character");
    EXPECT_EQ(server_error("h:1:1 " + std::string(255, 'n')), "parsed");
    EXPECT_EQ(server_error("h:1:1 " + std::string(256, 'n')), "the name is longer than 255 bytes");
}

TEST(ParseListens, takes_several_addresses) {
    const auto places = [](std::string_view text) {
        const auto listens = parse_listens(text);
        if (!listens) {
            return "error: " + listens.error().message;
        }
        std::string all;
        for (const Listen& listen : *listens) {
            all += listen.text + (listen.mode ? "+mode" : "") + "|";
        }
        return all;
    };

    EXPECT_EQ(places("127.0.0.1:1"), "127.0.0.1:1|");
    EXPECT_EQ(places("127.0.0.1:1,[::1]:1"), "127.0.0.1:1|[::1]:1|");
    EXPECT_EQ(places("127.0.0.1:1 , [::1]:1, /a/b 0600, c.test:2"),
              "127.0.0.1:1|[::1]:1|/a/b 0600+mode|c.test:2|");
    EXPECT_EQ(places("/a,b"), "/a,b|") << "a path may hold a comma";
    for (const char* wrong :
         {"", ",", "127.0.0.1:1,", "127.0.0.1:1,,127.0.0.1:2", "127.0.0.1:1, x"}) {
        EXPECT_EQ(places(wrong).substr(0, 7), "error: ") << wrong;
    }
    std::string many = "127.0.0.1:1";
    for (int i = 0; i < 20; ++i) {
        many += ",127.0.0.1:" + std::to_string(i + 2);
    }
    EXPECT_EQ(places(many), "error: there are more than 16 addresses");
}

}  // namespace
}  // namespace ringside::config
