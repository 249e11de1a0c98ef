// A whole world around one proxy::Worker, driven by one random number generator.
//
// Invariants, checked after every turn and at the end:
//  - answers come in the order of the requests, and each is the answer to its own request: the
//  value
//    of its own keys, or an error; nothing comes unasked;
//  - no request is left without an answer unless its session ended;
//  - a node sees only well-formed requests, and only for keys that a snapshot gave to it;
//  - at most one write per connection and turn;
//  - the same seed gives the same trace.
#pragma once

#include "sim/fake_memcached.h"
#include "sim/fake_transport.h"

#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace ringside::sim {

class Simulation {
  public:
    struct Result {
        std::string violation;    // empty: none
        std::uint64_t trace = 0;  // a hash of all bytes that the worker wrote, in order
        std::size_t answers = 0;
        std::size_t errors = 0;  // answers that are errors
        std::size_t requests_left = 0;
        std::size_t adoptions = 0;
        std::int64_t late_replies = 0;
        std::size_t links_broken = 0;
        std::size_t clients_left = 0;
    };

    explicit Simulation(std::uint64_t seed);

    // `turns` turns of faults, then calm until everything is answered.
    Result run(int turns);

  private:
    // A request that a client has sent, and the answers it may get besides an error.
    struct Asked {
        std::string answer;
        std::vector<std::string> keys;  // of a get
    };
    struct Client {
        std::string unsent;
        std::deque<Asked> asked;
        std::string received;
        bool ended = false;  // closed its half
    };
    struct Node {
        FakeMemcached memcached;
        bool is_connected = false;
        base::TimePoint silent_until{};
    };

    bool chance(int percent);
    std::size_t pick(std::size_t count);  // 0..count-1
    void adopt();
    void client_acts(proxy::ConnectionId id, Client& client);
    void ask(Client& client);
    void deliver(proxy::ConnectionId id, std::string& bytes);
    void node_acts(proxy::ConnectionId id, Node& node);
    void take_written();
    void check_answers(Client& client);
    static bool is_right_answer(const Asked& asked, std::string_view answer);
    void check_keys(proxy::ConnectionId id, const std::set<std::string>& keys);
    void violation(std::string what);

    std::mt19937_64 random_;
    WorkerBench bench_;
    Result result_;
    std::map<proxy::ConnectionId, Client> clients_;
    std::map<proxy::ConnectionId, Node> nodes_;
    std::vector<routing::SnapshotPtr> snapshots_;
    bool calm_ = false;
    std::uint64_t key_counter_ = 0;
};

}  // namespace ringside::sim
