// The handlers of the route table. Private to lib/admin.
#pragma once

#include "admin/routes.h"
#include "config/what_if.h"
#include "http/message.h"

namespace ringside::admin {

// 404 for the pool that the path names.
http::Response unknown_pool(const Call& call);

// handlers_health.cpp: probes, and how pools fare.
http::Response get_livez(const Call& call);
http::Response get_readyz(const Call& call);
http::Response get_ready_check(const Call& call);
http::Response get_healthz(const Call& call);
http::Response get_pool_healthz(const Call& call);
http::Response get_conditions(const Call& call);

// handlers_process.cpp: the process as a whole.
http::Response get_index(const Call& call);
http::Response get_openapi(const Call& call);
http::Response get_stats(const Call& call);
http::Response get_metrics(const Call& call);
http::Response get_snapshot(const Call& call);
http::Response get_events(const Call& call);
http::Response get_log(const Call& call);
http::Response post_log(const Call& call);
http::Response post_takeover(const Call& call);

// handlers_page.cpp: what people see in a browser.
http::Response get_page(const Call& call);

// handlers_pools.cpp: pools, and what an operator does to them.
http::Response get_pools(const Call& call);
http::Response get_pool(const Call& call);
http::Response post_eject(const Call& call);
http::Response post_drain(const Call& call);
http::Response post_restore(const Call& call);
http::Response post_reconnect(const Call& call);
http::Response post_reconnect_all(const Call& call);
http::Response post_refresh(const Call& call);

// handlers_discovery.cpp: where nodes come from, and what has become of them.
http::Response get_discovery(const Call& call);
http::Response get_history(const Call& call);
http::Response get_what_if(const Call& call);
// What would move, or why `changes` make no sense.
http::Response what_if_answer(const routing::Pool& pool, const config::WhatIf& changes);
// The same where nothing would.
http::Response nothing_moves_answer(const routing::Pool& pool);

// handlers_workers.cpp: what workers tell.
http::Response get_workers(const Call& call);
http::Response get_connections(const Call& call);
http::Response get_slow(const Call& call);
http::Response get_top_keys(const Call& call);
http::Response post_drain_clients(const Call& call);

// handlers_config.cpp: the configuration.
http::Response get_config(const Call& call);
http::Response post_reload(const Call& call);

// handlers_ring.cpp: where keys live.
http::Response get_ring(const Call& call);
http::Response get_locate(const Call& call);
http::Response post_locate(const Call& call);

}  // namespace ringside::admin
