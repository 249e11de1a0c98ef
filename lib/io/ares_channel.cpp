#include "io/ares_channel.h"

#include "base/interface_index.h"
#include "base/limits.h"
#include "io/host_names.h"
#include "routing/node.h"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <ares.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <variant>

namespace ringside::io {
namespace {

constexpr std::size_t kHeaderBytes = 12;  // RFC 1035, 4.1.1
constexpr std::size_t kAnswerCountAt = 6;

LookupProblem problem_of(int status) noexcept {
    switch (status) {
        case ARES_ETIMEOUT:
            return LookupProblem::timed_out;
        case ARES_ENOTFOUND:
            return LookupProblem::not_found;
        case ARES_ENODATA:
            return LookupProblem::no_address;
        case ARES_EFORMERR:
        case ARES_EBADRESP:
        case ARES_EBADSTR:
            return LookupProblem::bad_answer;
        case ARES_EBADNAME:
        case ARES_EBADQUERY:
            return LookupProblem::too_long_or_invalid_name;
        default:  // SERVFAIL, REFUSED, NOTIMP, nobody to reach, out of memory
            return LookupProblem::server_failure;
    }
}

std::string text_of(int family, const void* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    return ::inet_ntop(family, address, text.data(), text.size()) == nullptr ? "" : text.data();
}

// As AresChannel::OnRecords names a nameserver.
std::string server_text(int family, const void* address, std::uint16_t port) {
    return to_string(routing::Address{text_of(family, address), port});
}

// c-ares's sockets, as it makes them itself, but that one to a link-local address is connected by
// its interface; `data`: AresChannel::State::zones.
using Zones = std::map<std::string, std::string>;

int connect_by_zone(ares_socket_t fd, const sockaddr* address, ares_socklen_t size, void* data) {
    if (address->sa_family != AF_INET6) {
        return ::connect(fd, address, size);
    }
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, address, std::min<std::size_t>(size, sizeof(ipv6)));
    const auto& zones = *static_cast<const Zones*>(data);
    const auto zone = zones.find(text_of(AF_INET6, &ipv6.sin6_addr));
    if (zone != zones.end()) {
        ipv6.sin6_scope_id = base::interface_index(zone->second);
    }
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&ipv6), sizeof(ipv6));
}

const ares_socket_functions kSocketsWithZones{
    .asocket = [](int family, int type, int protocol, void*) -> ares_socket_t {
        return ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    },
    .aclose = [](ares_socket_t fd, void*) { return ::close(fd); },
    .aconnect = connect_by_zone,
    .arecvfrom = [](ares_socket_t fd, void* bytes, std::size_t size, int flags, sockaddr* from,
                    ares_socklen_t* from_size, void*) -> ares_ssize_t {
        return ::recvfrom(fd, bytes, size, flags, from, from_size);
    },
    .asendv = [](ares_socket_t fd, const iovec* parts, int count, void*) -> ares_ssize_t {
        return ::writev(fd, parts, count);
    }};

// Of a connected socket.
std::string peer_of(ares_socket_t fd) {
    sockaddr_storage peer{};
    socklen_t size = sizeof(peer);
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) {
        return {};
    }
    if (peer.ss_family == AF_INET) {
        const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(peer);
        return server_text(AF_INET, &ipv4.sin_addr, ntohs(ipv4.sin_port));
    }
    const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(peer);
    return server_text(AF_INET6, &ipv6.sin6_addr, ntohs(ipv6.sin6_port));
}

// Collects what is worth having of the records of an answer.
struct Records {
    FoundAddresses found;
    bool has_unusable = false;

    void add(std::string ip, int ttl_seconds) {
        if (!is_usable_ip(ip)) {
            has_unusable = true;
            return;
        }
        // A TTL with the highest bit set counts as 0 (RFC 2181, 8).
        const base::seconds ttl{std::max(ttl_seconds, 0)};
        found.ttl = found.ips.empty() ? ttl : std::min<base::milliseconds>(found.ttl, ttl);
        found.ips.push_back(std::move(ip));
    }
};

// The answer's own bytes are c-ares's; `answer` is a copy, in which the number of records is cut to
// what we are willing to look at.
LookupResult read_answer(std::vector<unsigned char> answer, IpFamily family) {
    if (answer.size() < kHeaderBytes) {
        return LookupProblem::bad_answer;
    }
    const std::size_t count = answer[kAnswerCountAt] * 256U + answer[kAnswerCountAt + 1];
    if (count > base::kNameRecordsMax) {
        answer[kAnswerCountAt] = static_cast<unsigned char>(base::kNameRecordsMax / 256);
        answer[kAnswerCountAt + 1] = static_cast<unsigned char>(base::kNameRecordsMax % 256);
    }
    Records records;
    const auto bytes = static_cast<int>(answer.size());
    int status = ARES_SUCCESS;
    int taken = base::kNameAddressesMax;
    if (family == IpFamily::ipv4) {
        std::array<ares_addrttl, base::kNameAddressesMax> ipv4{};
        status = ::ares_parse_a_reply(answer.data(), bytes, nullptr, ipv4.data(), &taken);
        for (int i = 0; status == ARES_SUCCESS && i < taken; ++i) {
            const auto& record = ipv4[static_cast<std::size_t>(i)];
            records.add(text_of(AF_INET, &record.ipaddr), record.ttl);
        }
    } else {
        std::array<ares_addr6ttl, base::kNameAddressesMax> ipv6{};
        status = ::ares_parse_aaaa_reply(answer.data(), bytes, nullptr, ipv6.data(), &taken);
        for (int i = 0; status == ARES_SUCCESS && i < taken; ++i) {
            const auto& record = ipv6[static_cast<std::size_t>(i)];
            records.add(text_of(AF_INET6, &record.ip6addr), record.ttl);
        }
    }
    if (!records.found.ips.empty()) {
        return std::move(records.found);
    }
    const bool is_honest = status == ARES_ENODATA || (status == ARES_SUCCESS && taken == 0);
    return is_honest && !records.has_unusable ? LookupProblem::no_address
                                              : LookupProblem::bad_answer;
}

}  // namespace

struct AresChannel::State {
    // One of c-ares's sockets, which c-ares closes.
    struct Socket {
        explicit Socket(boost::asio::io_context& context) : descriptor(context) {}

        boost::asio::posix::stream_descriptor descriptor;
        bool wants_read = false;
        bool wants_write = false;
        bool waits_read = false;  // a wait is pending
        bool waits_write = false;
    };
    using Bytes = std::vector<unsigned char>;
    // The bytes of an answer, or why there are none.
    using RawAnswer = std::variant<Bytes, LookupProblem>;
    using OnRawAnswer = std::function<void(State&, RawAnswer, const std::string& server)>;
    // A question that c-ares has; it gives it back exactly once.
    struct Pending {
        std::weak_ptr<State> state;
        OnRawAnswer read;
    };

    explicit State(EventLoop& owner_loop) : loop(owner_loop), timer(owner_loop) {}

    EventLoop& loop;
    EventLoop::Timer timer;
    ares_channel channel = nullptr;
    std::unordered_map<ares_socket_t, std::shared_ptr<Socket>> sockets;
    std::vector<std::string> domains;
    std::size_t ndots = 1;
    // The interfaces of link-local nameservers, by their IPs: c-ares 1.18 knows of none.
    Zones zones;
    ares_socket_t read_fd = ARES_SOCKET_BAD;  // that c-ares reads from right now
    std::weak_ptr<State> self;

    bool open(const Options& options);
    bool use_servers(std::string servers);
    bool leave_out(const Options& options);
    void read_search_list();
    void close();

    static void on_socket_state(void* data, ares_socket_t fd, int readable, int writable);
    static void on_records(void* data, int status, int timeouts, unsigned char* bytes, int size);

    void wait(ares_socket_t fd, const std::shared_ptr<Socket>& socket);
    void process(ares_socket_t readable_fd, ares_socket_t writable_fd);
    void arm_timer();
    void ask(const std::string& full_name, int type, OnRawAnswer read);
    void tell(std::function<void()> call);
};

bool AresChannel::State::open(const Options& options) {
    ares_options wanted{};
    std::string resolv_conf = options.resolv_conf;
    std::string only_dns = "b";  // the hosts file is read by us
    wanted.flags = ARES_FLAG_NOALIASES;
    wanted.timeout = static_cast<int>(options.try_timeout.count());
    wanted.tries = options.tries;
    wanted.udp_port = wanted.tcp_port = options.port;
    wanted.lookups = only_dns.data();
    wanted.resolvconf_path = resolv_conf.data();
    wanted.sock_state_cb = &State::on_socket_state;
    wanted.sock_state_cb_data = this;
    const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_UDP_PORT |
                     ARES_OPT_TCP_PORT | ARES_OPT_LOOKUPS | ARES_OPT_RESOLVCONF |
                     ARES_OPT_SOCK_STATE_CB;
    if (::ares_init_options(&channel, &wanted, mask) != ARES_SUCCESS) {
        channel = nullptr;
        return false;
    }
    if ((!options.servers.empty() && !use_servers(options.servers)) ||
        (!options.without.empty() && !leave_out(options))) {
        close();
        return false;
    }
    read_search_list();
    return true;
}

// "[fe80::1%eth0]:53,10.0.0.2:53".
bool AresChannel::State::use_servers(std::string servers) {
    for (std::size_t percent = servers.find('%'); percent != std::string::npos;
         percent = servers.find('%', percent)) {
        const std::size_t begin = servers.rfind('[', percent) + 1;
        const std::size_t end = servers.find(']', percent);
        if (begin == 0 || end == std::string::npos) {
            return false;
        }
        in6_addr ip{};
        ::inet_pton(AF_INET6, servers.substr(begin, percent - begin).c_str(), &ip);
        zones[text_of(AF_INET6, &ip)] = servers.substr(percent + 1, end - percent - 1);
        servers.erase(percent, end - percent);
    }
    if (!zones.empty()) {
        ::ares_set_socket_functions(channel, &kSocketsWithZones, &zones);
    }
    return ::ares_set_servers_ports_csv(channel, servers.c_str()) == ARES_SUCCESS;
}

bool AresChannel::State::leave_out(const Options& options) {
    ares_addr_port_node* all = nullptr;
    if (::ares_get_servers_ports(channel, &all) != ARES_SUCCESS) {
        return false;
    }
    std::set<std::string> names;
    std::vector<ares_addr_port_node> others;
    for (const ares_addr_port_node* node = all; node != nullptr; node = node->next) {
        const int port = node->udp_port == 0 ? options.port : node->udp_port;
        std::string name = server_text(node->family, &node->addr, static_cast<std::uint16_t>(port));
        if (name != options.without) {
            others.push_back(*node);
        }
        names.insert(std::move(name));
    }
    ::ares_free_data(all);
    if (names.size() < 2) {
        return true;  // c-ares 1.18 without servers leaks each question
    }
    for (std::size_t i = 0; i < others.size(); ++i) {
        others[i].next = i + 1 < others.size() ? &others[i + 1] : nullptr;
    }
    return ::ares_set_servers_ports(channel, others.data()) == ARES_SUCCESS;  // of a copy
}

void AresChannel::State::read_search_list() {
    ares_options in_use{};
    int mask = 0;
    if (::ares_save_options(channel, &in_use, &mask) == ARES_SUCCESS) {
        for (int i = 0; i < in_use.ndomains; ++i) {
            domains.emplace_back(in_use.domains[i]);
        }
        ndots = static_cast<std::size_t>(std::max(in_use.ndots, 0));
    }
    ::ares_destroy_options(&in_use);
}

void AresChannel::State::close() {
    timer.cancel();
    if (channel != nullptr) {
        ::ares_destroy(std::exchange(channel, nullptr));
    }
}

void AresChannel::State::on_socket_state(void* data, ares_socket_t fd, int readable, int writable) {
    auto& state = *static_cast<State*>(data);
    auto found = state.sockets.find(fd);
    if (readable == 0 && writable == 0) {
        if (found != state.sockets.end()) {
            found->second->descriptor.release();  // c-ares closes it
            state.sockets.erase(found);
        }
        return;
    }
    if (found == state.sockets.end()) {
        auto socket = std::make_shared<Socket>(state.loop.context());
        boost::system::error_code failure;
        socket->descriptor.assign(fd, failure);
        if (failure) {
            return;  // out of descriptors for the loop: as if no answer came
        }
        found = state.sockets.emplace(fd, std::move(socket)).first;
    }
    found->second->wants_read = readable != 0;
    found->second->wants_write = writable != 0;
    const auto socket = found->second;
    state.wait(fd, socket);
}

void AresChannel::State::wait(ares_socket_t fd, const std::shared_ptr<Socket>& socket) {
    const auto start = [this, fd, &socket](auto direction, bool Socket::*waits, bool is_read) {
        (*socket).*waits = true;
        socket->descriptor.async_wait(
            direction, [weak = self, weak_socket = std::weak_ptr<Socket>(socket), fd, waits,
                        is_read](const boost::system::error_code& failure) {
                const auto state = weak.lock();
                const auto ready = weak_socket.lock();
                if (!state || !ready) {
                    return;
                }
                (*ready).*waits = false;
                if (failure) {
                    return;
                }
                state->process(is_read ? fd : ARES_SOCKET_BAD, is_read ? ARES_SOCKET_BAD : fd);
                const auto still = state->sockets.find(fd);
                if (still != state->sockets.end() && still->second == ready) {
                    state->wait(fd, ready);
                }
            });
    };
    if (socket->wants_read && !socket->waits_read) {
        start(boost::asio::posix::descriptor_base::wait_read, &Socket::waits_read, true);
    }
    if (socket->wants_write && !socket->waits_write) {
        start(boost::asio::posix::descriptor_base::wait_write, &Socket::waits_write, false);
    }
}

void AresChannel::State::process(ares_socket_t readable_fd, ares_socket_t writable_fd) {
    if (channel != nullptr) {
        read_fd = readable_fd;
        ::ares_process_fd(channel, readable_fd, writable_fd);
        read_fd = ARES_SOCKET_BAD;
        arm_timer();
    }
}

void AresChannel::State::arm_timer() {
    timeval left{};
    if (::ares_timeout(channel, nullptr, &left) == nullptr) {
        timer.cancel();
        return;
    }
    // c-ares counts in microseconds, and a moment too early would only be called again.
    const auto wait =
        base::seconds(left.tv_sec) + base::microseconds(left.tv_usec) + base::milliseconds(1);
    timer.arm(base::Clock::now() + wait, [weak = self] {
        if (const auto state = weak.lock()) {
            state->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        }
    });
}

void AresChannel::State::on_records(void* data, int status, int /*timeouts*/, unsigned char* bytes,
                                    int size) {
    const std::unique_ptr<Pending> pending(static_cast<Pending*>(data));
    const auto state = pending->state.lock();
    if (!state || status == ARES_EDESTRUCTION || status == ARES_ECANCELLED) {
        return;
    }
    RawAnswer answer = problem_of(status);
    if (status == ARES_SUCCESS && bytes != nullptr && size > 0) {
        answer = Bytes(bytes, bytes + size);
    }
    // What nobody has said c-ares tells without reading, or with another status.
    const bool is_said =
        status == ARES_SUCCESS || status == ARES_ENOTFOUND || status == ARES_ENODATA;
    pending->read(*state, std::move(answer), is_said ? peer_of(state->read_fd) : "");
}

void AresChannel::State::ask(const std::string& full_name, int type, OnRawAnswer read) {
    if (channel == nullptr) {
        read(*this, LookupProblem::server_failure, "");
        return;
    }
    auto pending = std::make_unique<Pending>(Pending{self, std::move(read)});
    ::ares_query(channel, full_name.c_str(), ns_c_in, type, &State::on_records, pending.release());
    arm_timer();
}

void AresChannel::State::tell(std::function<void()> call) {
    loop.post([weak = self, call = std::move(call)] {
        if (!weak.expired()) {
            call();
        }
    });
}

AresChannel::AresChannel(EventLoop& loop, const Options& options)
    : state_(std::make_shared<State>(loop)) {
    state_->self = state_;
    ::ares_library_init(ARES_LIB_INIT_ALL);  // counts its calls
    state_->open(options);
}

AresChannel::~AresChannel() {
    state_->close();
    ::ares_library_cleanup();
}

bool AresChannel::is_open() const noexcept {
    return state_->channel != nullptr;
}

void AresChannel::ask(const std::string& full_name, IpFamily family, OnAnswer on_answer) {
    state_->ask(full_name, family == IpFamily::ipv4 ? ns_t_a : ns_t_aaaa,
                [family, on_answer = std::move(on_answer)](State& state, State::RawAnswer answer,
                                                           const std::string&) {
                    auto* const bytes = std::get_if<State::Bytes>(&answer);
                    state.tell([on_answer, result = bytes != nullptr
                                                        ? read_answer(std::move(*bytes), family)
                                                        : std::get<LookupProblem>(answer)] {
                        on_answer(result);
                    });
                });
}

void AresChannel::ask_records(const std::string& full_name, RecordType type, OnRecords on_records) {
    state_->ask(full_name, number_of(type),
                [full_name, type, on_records = std::move(on_records)](
                    State& state, State::RawAnswer answer, const std::string& server) {
                    const auto* const bytes = std::get_if<State::Bytes>(&answer);
                    state.tell([on_records, server,
                                result = bytes != nullptr ? read_dns_answer(*bytes, full_name, type)
                                                          : std::get<LookupProblem>(answer)] {
                        on_records(result, server);
                    });
                });
}

const std::vector<std::string>& AresChannel::search_domains() const noexcept {
    return state_->domains;
}
std::size_t AresChannel::ndots() const noexcept {
    return state_->ndots;
}

}  // namespace ringside::io
