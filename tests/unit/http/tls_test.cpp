#include "http/tls.h"

#include "tls_fixture.h"

#include <boost/asio/ssl/context.hpp>
#include <gtest/gtest.h>

#include <openssl/ssl.h>
#include <sys/stat.h>

#include <memory>
#include <string>
#include <string_view>

namespace ringside::http {
namespace {

using Side = TlsContext::Side;

TEST(Tls, files_that_cannot_be_used_are_named) {
    const TlsFiles files;
    TlsSettings good = files.server();
    TlsSettings no_key = good;
    no_key.key_file.clear();
    TlsSettings no_file = good;
    no_file.cert_file = files.directory().file("missing.pem");
    TlsSettings no_pem = good;
    no_pem.cert_file = files.directory().write("empty.pem", "no certificate");
    TlsSettings other_key = good;
    other_key.key_file =
        files.directory().write("other.key", files.authority().sign("DNS:a.test").key);
    TlsSettings no_ca = files.client();
    no_ca.ca_file = files.directory().file("missing_ca.pem");
    TlsSettings pipe = files.client();
    pipe.ca_file = files.directory().file("pipe.pem");
    ASSERT_EQ(::mkfifo(pipe.ca_file.c_str(), 0600), 0);
    const auto problem = [](Side side, const TlsSettings& settings) {
        const auto opened = TlsContext::open(side, settings);
        return opened ? std::string() : opened.error().message;
    };

    EXPECT_EQ(problem(Side::server, good), "");
    EXPECT_EQ(problem(Side::client, files.client()), "");
    EXPECT_EQ(problem(Side::client, {}), "");
    EXPECT_EQ(problem(Side::server, {}), "tls: cert_file and key_file are needed, both of them");
    EXPECT_EQ(problem(Side::client, no_key),
              "tls: cert_file and key_file are needed, both of them");
    EXPECT_TRUE(problem(Side::server, no_file).starts_with("tls: cert_file: " + no_file.cert_file));
    EXPECT_TRUE(problem(Side::server, no_pem).starts_with("tls: cert_file: " + no_pem.cert_file));
    EXPECT_TRUE(
        problem(Side::server, other_key).starts_with("tls: key_file: " + other_key.key_file));
    EXPECT_TRUE(problem(Side::client, no_ca).starts_with("tls: ca_file: " + no_ca.ca_file));
    EXPECT_EQ(problem(Side::client, pipe), "tls: " + pipe.ca_file + ": is no regular file");
}

TEST(Tls, changed_files_are_read_again_and_broken_ones_change_nothing) {
    const TlsFiles files;
    const TlsSettings settings = files.server();
    auto opened = TlsContext::open(Side::server, settings);
    ASSERT_TRUE(opened) << opened.error().message;
    TlsContext& tls = **opened;
    const auto* const first = &tls.current();
    EXPECT_EQ(&tls.current(), first);

    files.directory().write("server.key", "in the middle of being replaced, so to speak");
    EXPECT_EQ(&tls.current(), first);

    files.server("DNS:other.test");
    EXPECT_NE(&tls.current(), first);
}

// What a connection that is about to greet `host` says in its greeting.
std::string told_name(const TlsSettings& settings, std::string_view host) {
    auto opened = TlsContext::open(Side::client, settings);
    EXPECT_TRUE(opened) << opened.error().message;
    const std::unique_ptr<SSL, void (*)(SSL*)> connection(
        SSL_new((*opened)->current().native_handle()), SSL_free);
    (*opened)->demand_name(*connection, host);
    const char* const name = SSL_get_servername(connection.get(), TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? std::string() : name;
}

TEST(Tls, a_client_tells_whom_it_asks_for_by_name_and_not_by_address) {
    const TlsFiles files;
    TlsSettings renamed = files.client();
    renamed.server_name = "inside.test";

    EXPECT_EQ(told_name(files.client(), "cache.test"), "cache.test");
    EXPECT_EQ(told_name(renamed, "cache.test"), "inside.test");
    EXPECT_EQ(told_name(renamed, "127.0.0.1"), "inside.test");
    EXPECT_EQ(told_name(files.client(), "127.0.0.1"), "");
    EXPECT_EQ(told_name(files.client(), "::1"), "");
}

}  // namespace
}  // namespace ringside::http
