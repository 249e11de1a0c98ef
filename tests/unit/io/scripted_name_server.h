// A nameserver on loopback that says what a test wants, right or wrong, on the test's own loop.
#pragma once

#include "io/event_loop.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::io::test {

// RFC 1035, 4.1.1 and 3.2.2.
inline constexpr int kNoError = 0, kServFail = 2, kNxDomain = 3, kRefused = 5;
inline constexpr int kTypeA = 1, kTypeCname = 5, kTypeAaaa = 28;

inline std::string two_bytes(int value) {
    return {static_cast<char>(value >> 8), static_cast<char>(value)};
}
inline std::string four_bytes(std::uint32_t value) {
    return two_bytes(static_cast<int>(value >> 16)) + two_bytes(static_cast<int>(value & 0xffff));
}
// "a.test" -> "\1a\4test\0".
inline std::string wire_name(std::string_view name) {
    std::string wire;
    while (!name.empty()) {
        const std::string_view label = name.substr(0, name.find('.'));
        wire += static_cast<char>(label.size());
        wire += label;
        name.remove_prefix(std::min(label.size() + 1, name.size()));
    }
    return wire + '\0';
}

struct NameQuestion {
    std::string id;    // two bytes
    std::string name;  // "a.test"
    int type = 0;
    std::string section;  // the question as it came
    bool is_tcp = false;

    // The header and the question of an answer. `flags`: bits of the first byte besides QR.
    std::string head(int rcode, int answers, int flags = 0) const {
        return id + static_cast<char>(0x80 | 0x01 | flags) + static_cast<char>(0x80 | rcode) +
               two_bytes(1) + two_bytes(answers) + two_bytes(0) + two_bytes(0) + section;
    }
};

// A record that belongs to the name of the question: "\300\014" points to it (RFC 1035, 4.1.4).
inline std::string record(int type, std::uint32_t ttl, const std::string& data,
                          const std::string& name = "\300\014") {
    return name + two_bytes(type) + two_bytes(1) + four_bytes(ttl) +
           two_bytes(static_cast<int>(data.size())) + data;
}
inline std::string a_record(std::uint32_t address, std::uint32_t ttl) {
    return record(kTypeA, ttl, four_bytes(address));
}

class ScriptedNameServer {
  public:
    // What to send back: nothing, one datagram, or several.
    using Script = std::function<std::vector<std::string>(const NameQuestion&)>;

    ScriptedNameServer(EventLoop& loop, Script script, const std::string& ip = "127.0.0.1",
                       std::uint16_t port = 0)
        : script_(std::move(script)), udp_(loop.context()), tcp_(loop.context()) {
        const auto address = boost::asio::ip::make_address(ip);
        // The same port for both, which somebody may have for TCP: then another one.
        for (int attempt = 0; attempt < 100; ++attempt) {
            udp_ = {loop.context(), boost::asio::ip::udp::endpoint(address, port)};
            tcp_ = boost::asio::ip::tcp::acceptor(loop.context());
            tcp_.open(address.is_v4() ? boost::asio::ip::tcp::v4() : boost::asio::ip::tcp::v6());
            boost::system::error_code taken;
            tcp_.bind({address, udp_.local_endpoint().port()}, taken);
            if (!taken) {
                tcp_.listen();
                break;
            }
        }
        receive();
        accept();
    }

    std::uint16_t port() const { return udp_.local_endpoint().port(); }
    std::string address() const {
        return udp_.local_endpoint().address().to_string() + ":" + std::to_string(port());
    }
    // "a.test A", "a.test AAAA tcp", in the order in which they came.
    const std::vector<std::string>& asked() const { return asked_; }
    // Questions for A records, each time that they came.
    int asked_for(const std::string& name) const {
        return static_cast<int>(std::count(asked_.begin(), asked_.end(), name + " A"));
    }

    // An answer that the script did not give at once, to who asked last.
    void send(const std::string& datagram) {
        boost::system::error_code ignored;
        udp_.send_to(boost::asio::buffer(datagram), peer_, 0, ignored);
    }

  private:
    struct Connection {
        explicit Connection(boost::asio::ip::tcp::socket accepted) : socket(std::move(accepted)) {}
        boost::asio::ip::tcp::socket socket;
        std::string bytes;
    };

    std::vector<std::string> answers_to(std::string_view bytes, bool is_tcp) {
        NameQuestion question;
        question.id = bytes.substr(0, 2);
        question.is_tcp = is_tcp;
        std::size_t at = 12;
        for (; bytes[at] != 0; at += static_cast<std::size_t>(bytes[at]) + 1) {
            question.name += question.name.empty() ? "" : ".";
            question.name += bytes.substr(at + 1, static_cast<std::size_t>(bytes[at]));
        }
        question.type = static_cast<unsigned char>(bytes[at + 2]);
        question.section = bytes.substr(12, at + 5 - 12);
        asked_.push_back(question.name + (question.type == kTypeA ? " A" : " AAAA") +
                         (is_tcp ? " tcp" : ""));
        return script_(question);
    }
    void receive() {
        udp_.async_receive_from(
            boost::asio::buffer(datagram_), peer_,
            [this](const boost::system::error_code& failure, std::size_t size) {
                if (failure == boost::asio::error::operation_aborted) {
                    return;
                }
                if (!failure) {
                    for (const auto& answer : answers_to({datagram_.data(), size}, false)) {
                        send(answer);
                    }
                }
                receive();
            });
    }
    void accept() {
        tcp_.async_accept(
            [this](const boost::system::error_code& failure, boost::asio::ip::tcp::socket socket) {
                if (!failure) {
                    read(std::make_shared<Connection>(std::move(socket)));
                    accept();
                }
            });
    }
    // One question after the other: two bytes of length, then the message (RFC 1035, 4.2.2).
    void read(const std::shared_ptr<Connection>& connection) {
        connection->bytes.assign(2, '\0');
        boost::asio::async_read(
            connection->socket, boost::asio::buffer(connection->bytes),
            [this, connection](const boost::system::error_code& failure, std::size_t) {
                if (failure) {
                    return;
                }
                const auto high = static_cast<unsigned char>(connection->bytes[0]);
                const auto low = static_cast<unsigned char>(connection->bytes[1]);
                connection->bytes.assign(high * 256U + low, '\0');
                boost::asio::async_read(
                    connection->socket, boost::asio::buffer(connection->bytes),
                    [this, connection](const boost::system::error_code& broken, std::size_t) {
                        if (!broken) {
                            reply(*connection);
                            read(connection);
                        }
                    });
            });
    }
    void reply(Connection& connection) {
        for (const auto& answer : answers_to(connection.bytes, true)) {
            const std::string whole = two_bytes(static_cast<int>(answer.size())) + answer;
            boost::system::error_code ignored;
            boost::asio::write(connection.socket, boost::asio::buffer(whole), ignored);
        }
    }

    Script script_;
    boost::asio::ip::udp::socket udp_;
    boost::asio::ip::tcp::acceptor tcp_;
    boost::asio::ip::udp::endpoint peer_;
    std::array<char, 4096> datagram_{};
    std::vector<std::string> asked_;
};

}  // namespace ringside::io::test
