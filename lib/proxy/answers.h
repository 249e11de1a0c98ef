// The way back: from an answer, or a failure, to the next step of a request, or to the bytes that a
// client gets, in its order.
//
// Owned by Worker. Knows requests and sessions, nothing of links.
#pragma once

#include "protocol/outcome.h"
#include "proxy/link_queue.h"
#include "proxy/request.h"
#include "proxy/session.h"
#include "proxy/worker_state.h"

#include <string_view>
#include <vector>

namespace ringside::proxy {

class Answers {
  public:
    explicit Answers(WorkerState& state) : state_(state) {}

    // The node's answer to what it owed, one complete reply. Ignored if nobody waits for it any
    // more.
    void deliver(const Owed& owed, std::string_view reply, protocol::Outcome outcome);

    // The beginning, or a further piece, of the node's answer to `handle`. False if it cannot be
    // sent yet: then the bytes have to be kept until it is complete.
    bool pass_on(RequestHandle handle, std::string_view piece);

    // The node cannot answer: the client gets the protocol's error with `cause` and `where` (a
    // node's label, or empty), unless the plan knows better. Ignored if nobody waits for it any
    // more. If the answer has begun there is no way left to say so: the client is closed.
    void fail(RequestHandle handle, std::string_view cause, std::string_view where);

    // The same, as the node has not answered in time.
    void time_out(const Owed& owed, std::string_view where);

    // The request is answered by the proxy after all, with these wire bytes.
    void refuse(RequestHandle handle, std::string_view answer);

    // An answer of the proxy's own, in the order of the session's requests: fill what begin_local()
    // returns, then call end_local().
    base::ByteBuffer& begin_local(SessionHandle handle, Session& session);
    void end_local(SessionHandle handle, Session& session);

    // The client is gone: nobody waits for its requests any more.
    void abandon_all(Session& session) noexcept;

  private:
    // A step of a request has come to its end.
    struct StepEnd {
        std::string_view reply;
        protocol::Outcome outcome;
    };

    void end_step(RequestHandle handle, Request& request, const StepEnd& end);
    void end_part(Request& part, const StepEnd& end);
    void keep(Request& request, std::string_view reply);
    void end_split_step(RequestHandle handle, Request& request);
    protocol::Outcome merge_parts(const Request& request, base::ByteBuffer& out);
    void cut(const Request& request);
    void give(RequestHandle handle, Request& request, std::string_view reply);
    void give_what_was_kept(RequestHandle handle, Request& request);
    void finish_answer(RequestHandle handle, Request& request, Session& session);
    // To the client, behind what is staged for it; at once if that is cheaper than copying.
    void send(Session& session, std::string_view bytes);
    void let_go(RequestHandle handle, Request& request) noexcept;

    WorkerState& state_;
    std::vector<protocol::PartReply> part_replies_;  // scratch of merge_parts()
    base::ByteBuffer error_;                         // scratch of fail()
    base::ByteBuffer merged_;                        // scratch of end_split_step()
    RequestHandle local_;                            // between begin_local() and end_local()
};

}  // namespace ringside::proxy
