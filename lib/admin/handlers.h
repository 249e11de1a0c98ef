// The handlers of the route table. Private to lib/admin.
#pragma once

#include "admin/http.h"
#include "admin/routes.h"

namespace ringside::admin {

// 404 for the pool that the path names.
HttpResponse unknown_pool(const Call& call);

// handlers_process.cpp: the process as a whole.
HttpResponse get_livez(const Call& call);
HttpResponse get_readyz(const Call& call);
HttpResponse get_index(const Call& call);
HttpResponse get_stats(const Call& call);
HttpResponse get_snapshot(const Call& call);

// handlers_pools.cpp: pools, and what an operator does to them.
HttpResponse get_pools(const Call& call);
HttpResponse get_pool(const Call& call);
HttpResponse post_eject(const Call& call);
HttpResponse post_restore(const Call& call);
HttpResponse post_reconnect(const Call& call);
HttpResponse post_reconnect_all(const Call& call);
HttpResponse post_refresh(const Call& call);

// handlers_config.cpp: the configuration.
HttpResponse get_config(const Call& call);
HttpResponse post_reload(const Call& call);

// handlers_ring.cpp: where keys live.
HttpResponse get_ring(const Call& call);
HttpResponse get_locate(const Call& call);

}  // namespace ringside::admin
