#include "http/tls.h"

#include "tls_fixture.h"

#include <boost/asio/ssl/context.hpp>
#include <gtest/gtest.h>

#include <openssl/ssl.h>
#include <sys/stat.h>

#include <ctime>
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

TEST(Tls, tells_when_the_certificate_that_it_shows_ends) {
    const TlsFiles files;
    auto server = TlsContext::open(TlsContext::Side::server, files.server());
    auto client = TlsContext::open(TlsContext::Side::client, files.client());
    ASSERT_TRUE(server && client);

    const auto end = (*server)->certificate_end();

    ASSERT_TRUE(end);
    EXPECT_GT(*end, std::time(nullptr));
    EXPECT_LT(*end, std::time(nullptr) + 366 * 86'400);
    EXPECT_FALSE((*client)->certificate_end());
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

using Connection = std::unique_ptr<SSL, void (*)(SSL*)>;
using Session = std::unique_ptr<SSL_SESSION, void (*)(SSL_SESSION*)>;

// Both sides of a handshake over memory, and the session that the client may resume next time.
struct Greeting {
    bool done = false;
    bool resumed = false;
    Session session{nullptr, SSL_SESSION_free};
};

Greeting greet(TlsContext& server_side, TlsContext& client_side, SSL_SESSION* resumed) {
    const Connection server(SSL_new(server_side.current().native_handle()), SSL_free);
    const Connection client(SSL_new(client_side.current().native_handle()), SSL_free);
    BIO* near = nullptr;
    BIO* far = nullptr;
    EXPECT_EQ(BIO_new_bio_pair(&near, 0, &far, 0), 1);
    SSL_set_bio(server.get(), near, near);
    SSL_set_bio(client.get(), far, far);
    SSL_set_accept_state(server.get());
    SSL_set_connect_state(client.get());
    if (resumed != nullptr) {
        SSL_set_session(client.get(), resumed);
    }
    for (int round = 0; round < 10; ++round) {
        SSL_do_handshake(client.get());
        SSL_do_handshake(server.get());
    }
    char nothing = 0;
    SSL_read(client.get(), &nothing, 1);  // TLS 1.3 brings the session behind the handshake
    Greeting greeting;
    greeting.done =
        SSL_is_init_finished(client.get()) == 1 && SSL_is_init_finished(server.get()) == 1;
    greeting.resumed = SSL_session_reused(server.get()) == 1;
    greeting.session.reset(SSL_get1_session(client.get()));
    SSL_set_shutdown(client.get(), SSL_SENT_SHUTDOWN);  // else the session is dropped with it
    return greeting;
}

TEST(Tls, a_server_that_demands_certificates_lets_its_clients_resume_a_session) {
    const TlsFiles files;
    TlsSettings demanding = files.server();
    demanding.ca_file = files.client().ca_file;
    TlsSettings known = files.write_identity("client", files.authority().sign("DNS:app.test"));
    known.ca_file = files.client().ca_file;
    auto server = TlsContext::open(Side::server, demanding);
    auto client = TlsContext::open(Side::client, known);
    ASSERT_TRUE(server && client);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        SSL_CTX_set_max_proto_version((*server)->current().native_handle(), version);

        const Greeting first = greet(**server, **client, nullptr);
        const Greeting second = greet(**server, **client, first.session.get());

        EXPECT_TRUE(first.done) << version;
        EXPECT_FALSE(first.resumed) << version;
        EXPECT_TRUE(second.done) << version;
        EXPECT_TRUE(second.resumed) << version;
    }
}

}  // namespace
}  // namespace ringside::http
