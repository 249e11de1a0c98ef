#include "http/client.h"

#include "io/file_descriptor.h"
#include "io/socket.h"

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ringside::http {
namespace {

constexpr base::milliseconds kPatience{10'000};
constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

using Script = std::vector<std::string>;

// A peer that takes one connection per script and says what the script has, one text per request;
// then it closes.
class ScriptedPeer {
  public:
    explicit ScriptedPeer(std::vector<Script> scripts) {
        const auto any_port = io::numeric_address({"127.0.0.1", 0});
        listening_ = std::move(*io::listen_on(*any_port, 8));
        thread_ = std::thread([this, scripts = std::move(scripts)] {
            for (const Script& script : scripts) {
                play(script);
            }
        });
    }
    ~ScriptedPeer() { thread_.join(); }

    routing::Address address() const {
        sockaddr_in bound{};
        socklen_t size = sizeof(bound);
        ::getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&bound), &size);
        return {"127.0.0.1", ntohs(bound.sin_port)};
    }

  private:
    void play(const Script& script) const {
        pollfd waiting{listening_.get(), POLLIN, 0};
        if (::poll(&waiting, 1, static_cast<int>(kPatience.count())) != 1) {
            return;
        }
        const io::FileDescriptor socket(::accept(listening_.get(), nullptr, nullptr));
        for (const std::string& answer : script) {
            // A request of this client fits into one segment.
            std::array<char, 4096> request;
            if (::recv(socket.get(), request.data(), request.size(), 0) <= 0) {
                return;
            }
            ::send(socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
        }
    }

    io::FileDescriptor listening_;
    std::thread thread_;
};

TEST(Client, keeps_its_connection_and_opens_a_new_one_when_the_peer_has_closed) {
    ScriptedPeer peer({Script{kOk, kOk}, Script{kOk}});
    Client client(peer.address(), kPatience);

    for (int i = 0; i < 3; ++i) {
        const auto response = client.send(Method::get, "/livez");
        ASSERT_TRUE(response) << response.error().message;
        EXPECT_EQ(response->body, "ok");
    }
}

TEST(Client, a_refusal_is_an_answer) {
    ScriptedPeer peer(
        {Script{"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"}});
    Client client(peer.address(), kPatience);

    const auto response = client.send(Method::post, "/x");

    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 409u);
}

TEST(Client, something_else_than_http_is_malformed) {
    ScriptedPeer peer({Script{"{\"service\":\"nutcracker\"}\n"}});
    Client client(peer.address(), kPatience);

    const auto response = client.send(Method::get, "/stats");

    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, base::Errc::malformed);
}

TEST(Client, an_answer_that_breaks_off_is_an_error) {
    ScriptedPeer peer({Script{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok"}});
    Client client(peer.address(), kPatience);

    const auto response = client.send(Method::get, "/stats");

    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, base::Errc::io);
}

TEST(Client, a_peer_that_does_not_answer_is_given_up_in_time) {
    ScriptedPeer peer({Script{"", ""}});
    Client client(peer.address(), base::milliseconds(30));

    const auto response = client.send(Method::get, "/stats");

    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, base::Errc::timed_out);
}

TEST(Client, tells_when_nobody_listens) {
    routing::Address address;
    {
        ScriptedPeer gone({});
        address = gone.address();
    }

    const auto response = Client(address, kPatience).send(Method::get, "/");

    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, base::Errc::io);
}

}  // namespace
}  // namespace ringside::http
