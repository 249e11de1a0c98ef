#include "app/worker_questions.h"

#include "app/worker_thread.h"
#include "base/moment.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ringside::app {
namespace {

// What each worker has answered, until all have.
template <typename Answer>
struct Gathering {
    std::vector<std::optional<base::Expected<Answer>>> answers;
    std::size_t missing = 0;
    std::function<void(std::vector<base::Expected<Answer>>)> on_all;

    void take(std::size_t worker, base::Expected<Answer> answer) {
        answers[worker] = std::move(answer);
        if (--missing == 0) {
            std::vector<base::Expected<Answer>> all;
            for (auto& each : answers) {
                all.push_back(std::move(*each));
            }
            on_all(std::move(all));
        }
    }
};

// `ask` is the question to one worker: it is told where to answer.
template <typename Answer, typename Ask, typename OnAll>
void ask_all(const WorkerThreads& workers, Ask&& ask, OnAll on_all) {
    const auto gathering = std::make_shared<Gathering<Answer>>();
    gathering->answers.resize(workers.size());
    gathering->missing = workers.size();
    gathering->on_all = std::move(on_all);
    for (std::size_t i = 0; i < workers.size(); ++i) {
        const base::Status asked = ask(*workers[i], [gathering, i](base::Expected<Answer> answer) {
            gathering->take(i, std::move(answer));
        });
        if (!asked) {
            gathering->take(i, asked.error());
        }
    }
}

struct Names {
    std::string pool;
    std::string node;
};

Names names_of(const routing::Snapshot& snapshot, routing::PoolId pool_id, routing::NodeId id) {
    Names names;
    const routing::Pool* const pool = snapshot.find(pool_id);
    if (pool == nullptr) {
        return names;
    }
    names.pool = pool->name;
    const auto node = std::find_if(pool->nodes.begin(), pool->nodes.end(),
                                   [id](const auto& each) { return each.node.id == id; });
    names.node = node == pool->nodes.end() ? std::string() : node->node.name;
    return names;
}

// --- facts ---

void ask_facts(const WorkerThreads& workers, admin::OnWorkerFacts on_told) {
    ask_all<WorkerThread::Facts>(
        workers,
        [](WorkerThread& worker, auto on_answer) { return worker.ask_facts(std::move(on_answer)); },
        [on_told = std::move(on_told)](const auto& answers) {
            std::vector<base::Expected<admin::WorkerFacts>> told;
            for (const auto& answer : answers) {
                if (!answer) {
                    told.push_back(answer.error());
                    continue;
                }
                told.push_back(admin::WorkerFacts{
                    .adopted_version = answer->adopted_version,
                    .turns = answer->turns,
                    .sessions = answer->sessions,
                    .links = answer->links,
                    .requests = answer->requests,
                    .told_after =
                        std::chrono::duration_cast<base::microseconds>(answer->told_after)});
            }
            on_told(told);
        });
}

// --- connections ---

// One page after the other, until there are enough rows; then the answer.
struct Listing {
    // Of one worker's page: each row asks the kernel who is at the other end.
    static constexpr std::size_t kRowsAtOnce = 64;
    // Slots may be empty: then a page of the API ends, too, and says where it goes on.
    static constexpr std::size_t kPagesMax = 64;

    const WorkerThreads& workers;
    const discovery::Controller& controller;
    const std::optional<admin::ConnectionSide> only;
    const std::size_t rows_max;
    const admin::OnConnectionsPage on_page;
    std::optional<admin::ConnectionsFrom> at;
    admin::ConnectionsPage page = {};
    std::size_t pages = 0;

    static void go_on(const std::shared_ptr<Listing>& listing);
    void take(const proxy::ConnectionPage& part);
    // Behind the last page of a worker.
    std::optional<admin::ConnectionsFrom> behind(const admin::ConnectionsFrom& from) const;
    bool is_done() const { return !at || page.rows.size() >= rows_max || pages == kPagesMax; }
};

void Listing::go_on(const std::shared_ptr<Listing>& listing) {
    if (listing->at && listing->at->worker >= listing->workers.size()) {
        listing->at = listing->behind(*listing->at);
    }
    if (listing->is_done()) {
        listing->page.next = listing->at;
        listing->on_page(std::move(listing->page));
        return;
    }
    ++listing->pages;
    const bool is_session = listing->at->side == admin::ConnectionSide::session;
    const base::Status asked = listing->workers[listing->at->worker]->ask(
        {.side = is_session ? proxy::Peer::Side::session : proxy::Peer::Side::link,
         .begin = listing->at->slot,
         .rows_max = std::min(listing->rows_max - listing->page.rows.size(), kRowsAtOnce)},
        [listing](const base::Expected<proxy::ConnectionPage>& part) {
            if (!part) {
                listing->on_page(part.error());
                return;
            }
            listing->take(*part);
            go_on(listing);
        });
    if (!asked) {
        listing->on_page(asked.error());
    }
}

void Listing::take(const proxy::ConnectionPage& part) {
    const routing::SnapshotPtr snapshot = controller.snapshot();
    for (const proxy::ConnectionRow& row : part.rows) {
        Names names = names_of(*snapshot, row.pool, row.node);
        const bool is_link = row.side == proxy::Peer::Side::link;
        page.rows.push_back({.side = at->side,
                             .worker = at->worker,
                             .id = row.id,
                             .pool = std::move(names.pool),
                             .node = is_link ? std::move(names.node) : std::string(),
                             .peer = row.peer,
                             .name = row.name,
                             .age = std::chrono::duration_cast<base::milliseconds>(row.age),
                             .received_bytes = row.received_bytes,
                             .sent_bytes = row.sent_bytes,
                             .in_flight = row.in_flight});
    }
    if (part.next) {
        at->slot = *part.next;
    } else {
        at = behind(*at);
    }
}

std::optional<admin::ConnectionsFrom> Listing::behind(const admin::ConnectionsFrom& from) const {
    if (from.worker + 1 < workers.size()) {
        return admin::ConnectionsFrom{from.side, from.worker + 1, 0};
    }
    if (from.side == admin::ConnectionSide::session && !only) {
        return admin::ConnectionsFrom{admin::ConnectionSide::link, 0, 0};
    }
    return std::nullopt;
}

// --- slow requests ---

std::string_view to_string(protocol::Outcome outcome) noexcept {
    switch (outcome) {
        case protocol::Outcome::value:
            return "value";
        case protocol::Outcome::miss:
            return "miss";
        case protocol::Outcome::stored:
            return "stored";
        case protocol::Outcome::not_stored:
            return "not_stored";
        case protocol::Outcome::exists:
            return "exists";
        case protocol::Outcome::number:
            return "number";
        case protocol::Outcome::ok:
            return "ok";
        case protocol::Outcome::error:
            return "node_error";
        case protocol::Outcome::failed:
            return "failed";
    }
    return "ok";
}

admin::SlowRequestView view_of(const proxy::SlowRequest& request, const routing::Snapshot& snapshot,
                               const base::Moment& moment) {
    const auto us = [](base::Duration duration) {
        return std::chrono::duration_cast<base::microseconds>(duration);
    };
    Names names = names_of(snapshot, request.pool, request.node);
    const bool is_written = request.written != base::kNever;
    const base::Duration at_node = is_written ? request.ended - request.written : base::Duration{0};
    return {.at = moment.wall - us(moment.steady - request.ended),
            .took = us(request.took),
            .queued = us(request.took - at_node),
            .at_node = is_written ? std::optional(us(at_node)) : std::nullopt,
            .pool = std::move(names.pool),
            .node = std::move(names.node),
            .command = std::string(request.command),
            .key = std::string(request.key.text()),
            .key_bytes = request.key.whole_bytes(),
            .outcome = std::string(to_string(request.outcome))};
}

void ask_slow(const WorkerThreads& workers, const discovery::Controller& controller,
              admin::OnSlowRequests on_told) {
    using Rows = std::vector<proxy::SlowRequest>;
    ask_all<Rows>(
        workers,
        [](WorkerThread& worker, auto on_answer) { return worker.ask_slow(std::move(on_answer)); },
        [&controller, on_told = std::move(on_told)](const auto& answers) {
            const base::Moment moment = base::moment_now();
            const routing::SnapshotPtr snapshot = controller.snapshot();
            admin::SlowRequests all;
            for (std::uint32_t i = 0; i < answers.size(); ++i) {
                if (!answers[i]) {
                    all.unanswered.push_back(i);
                    continue;
                }
                for (const proxy::SlowRequest& request : *answers[i]) {
                    all.rows.push_back(view_of(request, *snapshot, moment));
                    all.rows.back().worker = i;
                }
            }
            std::sort(all.rows.begin(), all.rows.end(),
                      [](const auto& a, const auto& b) { return a.took > b.took; });
            on_told(all);
        });
}

// --- hot keys ---

admin::HotKeyView view_of(const proxy::HotKey& row, const routing::Pool& pool) {
    admin::HotKeyView view{.key = std::string(row.key.text()),
                           .key_bytes = row.key.whole_bytes(),
                           .count = row.count,
                           .too_high = row.too_high};
    if (row.key.is_whole() && pool.policy.distribution != routing::Distribution::random) {
        if (const auto owner = pool.owner_of(row.key.text(), 0)) {
            view.node = pool.nodes[*owner].node.name;
        }
    }
    return view;
}

admin::HotKeysView top_of(const std::vector<base::Expected<proxy::HotKeyList>>& answers,
                          const routing::Pool& pool, std::size_t rows_max) {
    admin::HotKeysView top;
    top.one_of = proxy::HotKeys::kOneOf;
    std::map<std::uint64_t, proxy::HotKey> sums;  // over windows and workers, by hash
    for (std::uint32_t i = 0; i < answers.size(); ++i) {
        if (!answers[i]) {
            top.unanswered.push_back(i);
            continue;
        }
        top.looked_at += answers[i]->looked_at;
        top.covered = std::max(top.covered,
                               std::chrono::duration_cast<base::milliseconds>(answers[i]->covered));
        for (const proxy::HotKey& row : answers[i]->rows) {
            const auto [sum, is_new] = sums.try_emplace(row.hash, row);
            sum->second.count += is_new ? 0 : row.count;
            sum->second.too_high += is_new ? 0 : row.too_high;
        }
    }
    std::vector<const proxy::HotKey*> rows;
    for (const auto& [hash, row] : sums) {
        rows.push_back(&row);
    }
    std::sort(rows.begin(), rows.end(),
              [](const auto* a, const auto* b) { return a->count > b->count; });
    rows.resize(std::min(rows.size(), rows_max));
    for (const proxy::HotKey* row : rows) {
        top.rows.push_back(view_of(*row, pool));
    }
    return top;
}

void ask_hot_keys(const WorkerThreads& workers, const routing::PoolPtr& pool, std::size_t rows_max,
                  admin::OnHotKeys on_told) {
    ask_all<proxy::HotKeyList>(
        workers,
        [&pool](WorkerThread& worker, auto on_answer) {
            return worker.ask_hot_keys(pool->id, std::move(on_answer));
        },
        [pool, rows_max, on_told = std::move(on_told)](const auto& answers) {
            on_told(top_of(answers, *pool, rows_max));
        });
}

// --- clients that are to leave ---

void send_away(const WorkerThreads& workers, const admin::SendAwayQuestion& question,
               admin::OnSentAway on_told) {
    ask_all<std::size_t>(
        workers,
        [&question](WorkerThread& worker, auto on_answer) {
            return worker.ask_send_away(question.pool, question.only_count, std::move(on_answer));
        },
        [on_told = std::move(on_told)](const auto& answers) {
            admin::SentAway all;
            for (std::uint32_t i = 0; i < answers.size(); ++i) {
                if (answers[i]) {
                    all.sessions += *answers[i];
                } else {
                    all.unanswered.push_back(i);
                }
            }
            on_told(all);
        });
}

}  // namespace

admin::WorkerQuestions worker_questions(const WorkerThreads& workers,
                                        const discovery::Controller& controller) {
    return {
        .facts =
            [&workers](admin::OnWorkerFacts on_told) { ask_facts(workers, std::move(on_told)); },
        .connections =
            [&workers, &controller](const admin::ConnectionsQuestion& question,
                                    admin::OnConnectionsPage on_page) {
                Listing::go_on(std::shared_ptr<Listing>(new Listing{.workers = workers,
                                                                    .controller = controller,
                                                                    .only = question.only,
                                                                    .rows_max = question.rows_max,
                                                                    .on_page = std::move(on_page),
                                                                    .at = question.from}));
            },
        .slow =
            [&workers, &controller](admin::OnSlowRequests on_told) {
                ask_slow(workers, controller, std::move(on_told));
            },
        .hot_keys =
            [&workers](const routing::PoolPtr& pool, std::size_t rows_max,
                       admin::OnHotKeys on_told) {
                ask_hot_keys(workers, pool, rows_max, std::move(on_told));
            },
        .send_away =
            [&workers](const admin::SendAwayQuestion& question, admin::OnSentAway on_told) {
                send_away(workers, question, std::move(on_told));
            }};
}

}  // namespace ringside::app
