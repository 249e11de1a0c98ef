// One request of three steps (warm_plan.h) between two others of the same client, played with a
// failure at one of its steps.
//
// The two others live on a node of their own, which stays well: each must get its answer, in its
// place, whatever becomes of the request between them.
#pragma once

#include "sim/fake_transport.h"

#include <array>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::sim {

class WarmScript {
  public:
    // What the client is given for the request.
    enum class Gets { nothing, value, miss, error };

    // What follows from a failure, by the step at which it comes.
    struct Ending {
        std::array<Gets, 3> client;
        std::array<int, 3> last_step;  // that gets as far as to a node
    };

    struct Failure {
        const char* name;
        Ending ending;
        // The step is at its node, which owes the answer.
        void (*happen)(WarmScript& script);
        // In front of that: the answer of the step before has yet to come.
        void (*prepare)(WarmScript& script, int step) = nullptr;

        friend std::ostream& operator<<(std::ostream& out, const Failure& failure) {
            return out << failure.name;
        }
    };

    struct Variant {
        std::size_t value_bytes = 5;
        bool front_is_last = false;  // the request in front is answered last of all
    };

    static constexpr base::milliseconds kTimeout{100};

    explicit WarmScript(Variant variant);

    // The whole story; `step` is 1, 2 or 3. Expectations are gtest's.
    void run(const Failure& failure, int step);

    // --- what failures are made of ---

    // What the node of the step would say, and saying it.
    std::string right_answer() const;
    void answer(std::string_view bytes, std::size_t chunk = SIZE_MAX);
    void answer_right() { answer(right_answer()); }
    // A part of it, of which nothing may reach the client. Says how many bytes that were.
    std::size_t answer_half();
    int step() const { return step_; }
    proxy::ConnectionId client() const { return client_; }
    proxy::ConnectionId link() const { return link_; }

    // The idle link to the node of `step` ends, so that the step has to dial; its link is not
    // connected then.
    void unplug(int step);
    void end_link(proxy::StreamEnd how) { bench.end(link_, how); }
    // Nobody dials the node of `step` for a while.
    void let_be_refused(int step);
    // Time passes, but not for the two other requests.
    void wait(base::Duration duration);
    void leave(proxy::StreamEnd how);
    // The client is gone in the turn in which the step's answer comes.
    void leave_with_the_answer(bool answer_is_first);
    // The pool gets a snapshot with these nodes, by their ids.
    void adopt(const std::vector<routing::NodeId>& nodes, std::uint32_t links_per_node = 1);
    // Without the node of the step.
    void adopt_without_node();
    void remove_pool();
    void drain();

    WorkerBench bench;

  private:
    void open_links();
    bool find_step(int step);
    int place_of(int step) const;  // 0: there is none
    std::string request_of(int step) const;
    std::string value_answer() const;
    proxy::ConnectionId link_asked(std::string_view request);
    void answer_neighbours();
    void take() { client_bytes_ += bench.received(client_); }
    void finish(Gets gets);
    void expect_answers(Gets gets) const;
    void expect_links_in_step();
    void exchange(proxy::ConnectionId client, int place);

    Variant variant_;
    routing::PoolPtr pool_;  // the last one adopted
    std::string key_;
    std::string front_;
    std::string behind_;
    proxy::ConnectionId client_{};
    proxy::ConnectionId neighbours_link_{};
    std::string client_bytes_;
    std::set<proxy::ConnectionId> connected_;
    int step_ = 0;  // that has come to a node
    proxy::ConnectionId link_{};
    bool holds_dials_ = false;
    bool neighbours_answered_ = false;
    bool client_stays_ = true;  // its session goes on behind the script
    bool client_is_there_ = true;
    bool pool_is_there_ = true;
};

}  // namespace ringside::sim
