// docs/ADMIN_API.md: what is common to all routes, then the table.

#include "admin/routes.h"

#include <fmt/format.h>

#include <iterator>
#include <string>

namespace ringside::admin {
namespace {

constexpr std::string_view kIntroduction = R"(# Admin API

<!-- Generated from lib/admin/routes.cpp by `ringside --print-docs admin`; a test compares. -->

HTTP/1.1 on its own listeners, never on a pool's port:

- `ringside.admin` (default `127.0.0.1:22221`; an address, or the path of a unix socket) has every
  route below.
- `ringside.stats` (default `0.0.0.0:22222`, as twemproxy) has the routes marked *stats* or *probe*;
  `/` is the same as `/stats` there. A client that sends nothing gets the statistics as one line of
  raw text, and then the end of the connection.
- `ringside.probes` (default: none) has only the routes marked *probe*, `/metrics` among them, and
  may face the pod's network.

`ringctl` gives the same on the command line.

## Rules

- Answers are JSON, those of probes and `/metrics` plain text. An error is
  `application/problem+json` (RFC 9457), `{"type": "about:blank", "title": "Not Found", "status":
  404, "detail": "there is no pool 'alpha'", "code": "not_found"}`, where `code` is for programs.
- `OPTIONS` answers 204 with the path's methods in `Allow`, as 405 does; 404 where there is no
  such pool.
- Rings, `/config` and `/openapi.json` carry an `ETag`; who sends it as `If-None-Match` gets 304
  while nothing has changed. Bodies of 16 KiB and more are compressed if `Accept-Encoding` names
  gzip. Large rings, and what is compressed, are made while they are read and come in chunks.
- Names and keys are percent-encoded in paths and queries: node `10.0.0.1:11211` is
  `10.0.0.1%3A11211` there (a bare `:` is fine too), `/run/a.sock:` is `%2Frun%2Fa.sock%3A`.
  `+` is a plus, not a blank.
- GET and HEAD never change anything. What changes something is POST only (405 otherwise) and can be
  repeated without harm: ejecting an ejected node leaves it ejected.
- Nothing that a caller says is ignored, except on probes and statistics, which change nothing: an
  unknown parameter, one that is repeated (but where it says "may be repeated"), a missing value, a
  body of a GET are refused with 400.
- Each POST that may change something has a line in the log (of the level info, so none with
  `--verbose` or `/log` below that), with its parameters: 30 at once, then
  one each second; the next line counts those left out.
- A POST may have its parameters as a JSON object instead: `{"for": "60s", "force": true}` with
  `Content-Type: application/json` (415 without) is the same as `?for=60s&force=true`, and
  `{"for": 60}` as `?for=60`.
- Limits: header 8 KiB (431), body 4 KiB (413) unless a route says otherwise, 32 connections per
  listener, 256 for the statistics (503), 5 s for a request to arrive and 30 s between requests
  (closed). Transfer codings are not supported (501); a body without `Content-Length`, and a POST of
  HTTP/1.0 without one, are refused (411), two `Host` fields or a target that is not a path likewise
  (400).
- The statistics wait 250 ms for the first byte of a request. What begins with a capital letter is
  HTTP; whoever sends something else, nothing, or the end of his side, gets the raw line.

## Who may ask

Without further settings who reaches the listener may use it, and on loopback that is everything
that runs on the machine or in the pod, `kubectl port-forward` included. Do not bind
`ringside.admin` to an address that others can reach without a token; a unix socket with a mode
restricts it to a user or group.

With `ringside.admin_token_file` every request on the listener of the admin API has to show the
token that the file holds, `Authorization: Bearer TOKEN`, but for probes, `/metrics`, and `/`,
which is the same everywhere: the ring page asks for the token, and keeps it until its tab is
closed. Others get 401 with `WWW-Authenticate`; `/snapshot` counts them (`requests_unauthorized`),
and the log has a line for each, 30 at once, then one each second. The file is one line of
printable characters, as `openssl rand -hex 32` makes them. It is read for each request: what
replaces it holds at once, and while it cannot be read the last token does, which the log says
once. One that everybody may write is refused. `ringctl` shows it by `--token-file`. The statistics
and the probes on listeners of their own ask for nothing. The token goes over the wire as it is:
what stands in front of the listener has to speak TLS where others listen.

Pages of other web sites are kept out in any case:

- The `Host` must be an IP address, `localhost`, a name without a dot or one of
  `ringside.admin_hosts` (421 otherwise, except on probes and on the listener of the statistics),
  which defeats DNS rebinding.
- A POST with an `Origin` other than `http://` and the `Host`, or with a `Sec-Fetch-Site` other
  than `same-origin` or `none`, gets 403, so that the ring page may change something, and no
  other; one with a content type other than `application/json`, or a body without any, gets 415.
  By one of `ringside.admin_hosts` the page may have come over `https://`, too.
- No answer carries a CORS permission; all have `X-Content-Type-Options: nosniff`, and
  `Cache-Control: no-store`, or `no-cache` beside an `ETag`. Secrets of the
  configuration are no part of any answer.

## Routes

| method | path | query | what it does |
|---|---|---|---|
)";

constexpr std::string_view kDetails = R"(
## Reading the answers

- A node's `state` is `in_ring`, `joining` (new, and its name has led to no address yet: it takes no
  keys until it does), `ejected_by_health` (failed too often; probed until it answers) or
  `ejected_by_operator`; `remaining_ms` is the time until it changes by itself, `share` the part of
  the hash space that it owns, 0 to 1.
- `health` of a pool is `ok`, `degraded` or `down`, by the same rules as `/healthz`: what is wrong
  stands in its `reasons`, and since when. A node's `state_since` is when workers were told;
  `failing_since` is null unless it has failed and not answered since.
- `addresses` is where a node is dialled, in the order to try. `address_problem` says why the last
  lookup of its host name found none, since `address_problem_since`; the last good ones stay in use.
- `settings` of a pool, and of the process in `/config`: `set_by` is the place in the file, the
  variable, the option or `default`. Secrets are `***`.
- `hash` of `/config` is the same where all settings of process and pools are, but for secrets and
  who has set them.
- `source` is an object wherever it appears, with at least its `description`; in `/pools` and
  `/pools/{pool}` also with its state, its last answer and failure.
- `advice` points out settings that serve the pool badly, measured on its ring, one sentence each.
- `fingerprint` is the same wherever nodes and settings of the ring are the same, in every release;
  docs/DISCOVERY.md has the recipe. `generation` counts the changes of this process's ring.
- `/pools/{pool}/history` and `/what-if`: `moved_percent` is a share of all keys; `moved_by` is
  `arcs` if it is exact and `samples` if it was found with 10,000 keys; both are null where it
  cannot be told. Of each list of names the first 16 are shown, of the flows of keys the 32 largest.
  `after_ms` is how long after the news came a worker went by the ring: building it is part of that.
- `/pools/{pool}/discovery`: what a kind of source does not have is null. `next_poll` is null while
  the source is watched, and of the past while it is being asked.
- `/workers`: `problem` says why a worker has not answered within a second; it then has no other
  members. `told_after_us` is the time that the question waited.
- `/connections`: `next`, unless it is null, is the `from` of the next page, which may have no rows.
  `peer` is null where nobody is connected yet; of a client on a unix socket it has its process.
- `/slow`: a request counts when its client's answer is complete; `queued_us` and `at_node_us` are
  together `took_us`. Of a request for several nodes `node` is the last that answered. `at_node_us`
  is null if no node got it; `key` has at most 48 bytes of `key_bytes`. A request that is over
  within the turn in which it began took 0. Clients that left before the answer are not in it.
- `/pools/{pool}/keys/top`: counted is one key in `one_of`, drawn at random, of all commands; of
  `looked_at` such keys within `covered_ms` a `share`. `share_too_high` is what of it may belong to
  other, rarer keys. `key` has at most 128 bytes of `key_bytes`; of a longer one `node` is null.
- `/clients/drain`: `sessions` is how many were asked, or would be. Who was asked before is not
  asked again, and has the time anew; `unanswered_workers` have not answered within a second, and
  do it when they come to it. What a client sends while it is being told the end is not done: it
  asks again on its next connection (`drain_raced`).
- `converged` is true when every worker routes by the current snapshot.
- `/pools/{pool}/locate`: `hashed_part` is the key, or what the hash tag leaves of it; `point` is
  the value on the ring that decides; `why` says it in a sentence. `node` is null while the ring is
  empty and with the random distribution. Of many keys, those that the proxy would refuse have a
  `problem`; of one, that is the error. Keys that are not UTF-8 can be asked for one at a time only.
  `owner` is how the node is now, with what it has failed by last, also if it has answered since.
  `next_owners` would have the key if those before them left: the next two along a ketama ring.
  Where weights differ, the rounding of the number of points may have it otherwise; `/what-if` is
  exact.
- `/pools/{pool}/ring`: `{"value": 1234, "node": "ring name"}`, in ascending order. A point owns the
  hashes above the one before it up to its own value; the first also those above the last.
  `?format=nodes` has the same as `{"name": "ring name", "points": [1234, ...]}` for each node.
- `/pools/{pool}`: `metrics`, `outcomes` (of requests, by the class of the command) and `latency`
  count since the start. `latency.counts` has a count for each range of durations, whose upper ends
  are `latency_bounds_us` (one more is above all of them), without the empty ones at the end. Who
  subtracts two readings has what happened in between.
- `/stats` has twemproxy's fields and counters, byte for byte in its layout, and no others, so that
  what was made for twemproxy keeps working: the service is called `nutcracker` for the same reason.
  `/pools/{pool}` has all counters. What is counted by itself, `ringside --describe-stats` tells.
- `/snapshot` also tells what the listeners of the admin API, the statistics and the probes have
  served, and how many lines of the log were dropped (`log.lines_dropped`): nobody waits for it.
)";

std::string_view mark_of(AdminScope scope) noexcept {
    switch (scope) {
        case AdminScope::probes:
            return "*Probe.* ";
        case AdminScope::stats:
            return "*Stats.* ";
        case AdminScope::everything:
            return "";
    }
    return "";
}

std::string query_text(const Route& route) {
    std::string text;
    for (const QueryRow& row : route.query) {
        text += text.empty() ? "" : "<br>";
        text +=
            fmt::format("`{}{}{}` {}", row.name, row.value.empty() ? "" : "=", row.value, row.help);
    }
    // A bare '|' would end the cell, also within backticks.
    std::string escaped;
    for (const char c : text) {
        escaped += c == '|' ? "\\|" : std::string(1, c);
    }
    return escaped;
}

}  // namespace

std::string admin_markdown() {
    std::string text(kIntroduction);
    for (const Route& route : routes()) {
        fmt::format_to(std::back_inserter(text), "| {} | `{}` | {} | {}{} |\n",
                       to_string(route.method), route.path, query_text(route), mark_of(route.scope),
                       route.help);
    }
    text += kDetails;
    return text;
}

}  // namespace ringside::admin
