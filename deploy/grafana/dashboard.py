#!/usr/bin/env python3
"""Writes ringside.json, the Grafana dashboard, from the table of panels below.

    deploy/grafana/dashboard.py > deploy/grafana/ringside.json

Places, ids and what Grafana repeats in each panel follow from the table. In its expressions {S}
selects the chosen instances, {P} the chosen pools of these. tests/tidy/monitoring.py compares.
"""

import json
import sys

INSTANCES = 'job=~"$job", instance=~"$instance"'
POOLS = INSTANCES + ', pool=~"$pool"'
COLUMNS = 24  # of Grafana's grid

# --- expressions ---


def rate(metric, by="", where=""):
    """Of a pool's or node's counter, in a second."""
    selector = "{P}, " + where if where else "{P}"
    return f"sum by ({by}) (rate({metric}{{{selector}}}[$__rate_interval]))"


def increase(metric, by):
    """In five minutes."""
    return f"sum by ({by}) (increase({metric}{{{{P}}}}[5m]))"


def ratio(part, whole):
    """None where there is nothing of the whole."""
    return f"{part} / ({whole} > 0)"


def quantile(of, histogram, by=""):
    by = f"le, {by}" if by else "le"
    return f"histogram_quantile({of}, {rate(histogram + '_bucket', by)})"


def ours(expr):
    """Of a metric that other programs have, too."""
    return f"{expr} and on (job, instance) ringside_ready"


def number_of(expr):
    return f"count({expr}) or vector(0)"


# --- panels ---

def stat(title, unit, description, expr, bad=None):
    """One number; red from `bad` on."""
    steps = [{"color": "green" if bad else "blue", "value": None}]
    if bad is not None:
        steps.append({"color": "red", "value": bad})
    return {"title": title, "type": "stat", "size": (4, 4), "description": description,
            "unit": unit, "targets": [(expr, "")], "instant": True, "defaults":
            {"thresholds": {"mode": "absolute", "steps": steps}, "color": {"mode": "thresholds"}},
            "options": {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value",
                        "graphMode": "none"}}


def lines(title, unit, description, *targets, stacked=False, width=8, highest=None):
    """Lines over time: (expression, legend) each."""
    custom = {"lineWidth": 1, "fillOpacity": 40 if stacked else 0, "showPoints": "never",
              "stacking": {"mode": "normal" if stacked else "none"}}
    defaults = {"custom": custom, "min": 0}
    if highest is not None:
        defaults["max"] = highest
    return {"title": title, "type": "timeseries", "size": (width, 8), "description": description,
            "unit": unit, "targets": targets, "defaults": defaults,
            "options": {"legend": {"displayMode": "list", "placement": "bottom"},
                        "tooltip": {"mode": "multi", "sort": "desc"}}}


def heat_map(title, description, expr):
    return {"title": title, "type": "heatmap", "size": (12, 8), "description": description,
            "unit": "s", "targets": [(expr, "{{le}}")], "format": "heatmap", "defaults": {},
            "options": {"calculate": False, "yAxis": {"unit": "s"}, "cellGap": 0,
                        "color": {"mode": "scheme", "scheme": "Blues", "steps": 32}}}


def table(title, description, expr):
    return {"title": title, "type": "table", "size": (24, 6), "description": description,
            "unit": "short", "targets": [(expr, "")], "format": "table", "instant": True,
            "defaults": {}, "options": {"showHeader": True}}


REQUESTS = "ringside_requests_total"
DURATION = "ringside_request_duration_seconds"
NODE_DURATION = "ringside_node_response_duration_seconds"
NODE_REQUESTS = "ringside_node_requests_total"
NODE = "{{pool}} {{node}}"

ROWS = [
    ("Are we well?", [
        stat("Instances", "short",
             "Instances that answer the scraper.",
             "count(ringside_ready{{S}})"),
        stat("Not ready", "short",
             "Instances of which a pool has never had a node, or that drain: `ringctl health`.",
             number_of("ringside_ready{{S}} == 0"), bad=1),
        stat("Pools without nodes", "short",
             "In how many instances a pool has no node in its ring: its requests fail there.",
             number_of('ringside_pool_nodes{{P}, state="in_ring"} == 0'), bad=1),
        stat("Nodes off the ring", "short",
             "Nodes that an instance has ejected, by health or by hand: `ringctl pool POOL`.",
             number_of("count by (pool, node) "
                       '(ringside_node_state{{P}, state=~"ejected_by_.*"} == 1)'), bad=1),
        stat("Requests without an answer", "percentunit",
             "Of the requests that were not refused for what they are: those that timed out, or "
             "that the proxy had to answer itself.",
             ratio(rate(REQUESTS, where='outcome=~"proxy_error|timed_out"'),
                   rate(REQUESTS, where='outcome!~"rejected|abandoned"')), bad=0.001),
        stat("Pools with different rings", "short",
             "Pools of which instances disagree on the nodes: a key then has several homes.",
             number_of("max by (job, namespace, pool) (ringside_ring_fingerprint{{P}}) != "
                       "min by (job, namespace, pool) (ringside_ring_fingerprint{{P}})"), bad=1),
        table("Alerts",
              "Those of deploy/prometheus/ringside.rules.yml that are pending or firing. "
              "docs/ALERTS.md has a section for each.",
              'ALERTS{alertname=~"Ringside.*", job=~"$job"}'),
    ]),
    ("Traffic", [
        lines("Requests by class", "reqps",
              "Requests that have ended, by the class of their command.",
              (rate(REQUESTS, "class"), "{{class}}"), stacked=True),
        lines("Requests by outcome", "reqps",
              "What became of them; docs/METRICS.md has the outcomes.",
              (rate(REQUESTS, "outcome"), "{{outcome}}"), stacked=True),
        lines("Hit ratio", "percentunit",
              "Part of the reads that found a value, or of several keys one.",
              (ratio(rate(REQUESTS, "pool", 'class="read", outcome="hit"'),
                     rate(REQUESTS, "pool", 'class="read", outcome=~"hit|miss"')), "{{pool}}"),
              highest=1),
        lines("Requests that failed", "reqps",
              "Time-outs, errors of the proxy, and errors in the words of nodes.",
              (rate(REQUESTS, "pool, outcome", 'outcome=~"node_error|proxy_error|timed_out"')
               + " > 0", "{{pool}} {{outcome}}")),
        lines("Requests refused for what they are", "reqps",
              "Mistakes of clients, by reason.",
              (rate("ringside_requests_rejected_total", "pool, reason") + " > 0",
               "{{pool}} {{reason}}")),
        lines("Client connections", "short",
              "Open connections.",
              ("sum by (pool) (ringside_client_connections{{P}})", "{{pool}}")),
        lines("Client connections closed by the proxy", "cps",
              "For an error, as they do not read, for wrong passwords, with an answer cut off; and "
              "those that found no room.",
              (rate("ringside_client_connections_closed_total", "pool, reason",
                    'reason!="client"') + " > 0", "{{pool}} {{reason}}"),
              (rate("ringside_client_connections_refused_total", "pool") + " > 0",
               "{{pool}} no room"), width=12),
        lines("Bytes from and to nodes", "Bps",
              "Of answers and of requests.",
              (rate("ringside_node_response_bytes_total", "pool"), "{{pool}} from"),
              (rate("ringside_node_request_bytes_total", "pool"), "{{pool}} to"), width=12),
    ]),
    ("Latency", [
        lines("As clients see it", "s",
              "From a request's last byte to its answer, over the chosen pools. Exact to a turn of "
              "the event loop, and to a bucket: each bound is twice the one before.",
              *[(quantile(of, DURATION), f"p{name}")
                for of, name in ((0.5, "50"), (0.9, "90"), (0.99, "99"), (0.999, "99.9"))]),
        lines("p99 by pool", "s",
              "99 of 100 requests take no longer, as clients see it.",
              (quantile(0.99, DURATION, "pool"), "{{pool}}")),
        lines("p99 by node", "s",
              "The ten slowest nodes: 99 of 100 answers take no longer. Late answers count.",
              (f"topk(10, {quantile(0.99, NODE_DURATION, 'pool, node')})", NODE)),
        heat_map("Requests by duration",
                 "How many requests took how long, as clients see it. Two bands: two kinds of "
                 "requests, or one slow node.",
                 f"sum by (le) (increase({DURATION}_bucket{{{{P}}}}[$__rate_interval]))"),
        lines("Mean by node", "s",
              "Mean time of a node's answers. All rise: the network or this machine; one does: "
              "that node.",
              (ratio(rate(NODE_DURATION + "_sum", "pool, node"),
                     rate(NODE_DURATION + "_count", "pool, node")), NODE), width=12),
    ]),
    ("Nodes", [
        lines("Nodes by state", "short",
              "Mean over the instances: a fraction says that they disagree.",
              ("avg by (pool, state) (ringside_pool_nodes{{P}})", "{{pool}} {{state}}"),
              ("avg by (pool) (ringside_pool_nodes_kept_out{{P}}) > 0", "{{pool}} kept out")),
        lines("Requests by node", "reqps",
              "Requests sent to each node.",
              (rate(NODE_REQUESTS, "pool, node"), NODE)),
        lines("Load against share", "short",
              "A node's part of its pool's requests, divided by its part of the ring: 1 is even; "
              "much more, and keys that are asked for often live there.",
              (rate(NODE_REQUESTS, "pool, node")
               + " / on (pool) group_left () (" + rate(NODE_REQUESTS, "pool") + " > 0)"
               + " / on (pool, node) (avg by (pool, node) (ringside_node_share_ratio{{P}}) > 0)",
               NODE)),
        lines("Share of the ring", "percentunit",
              "Part of the hash space that each node owns; mean over the instances.",
              ("avg by (pool, node) (ringside_node_share_ratio{{P}})", NODE), highest=1),
        lines("In flight", "short",
              "Requests that were written and are not answered yet.",
              ("sum by (pool, node) (ringside_node_requests_in_flight{{P}})", NODE)),
        lines("Queued", "short",
              "Requests that wait to be written: to a node that takes them too slowly, or whose "
              "link is being made.",
              ("sum by (pool, node) (ringside_node_requests_queued{{P}})", NODE)),
        lines("Time-outs and refusals", "reqps",
              "Requests that timed out; those refused as too much waits for the node, or as it is "
              "not dialled again yet.",
              (rate("ringside_node_timeouts_total", "pool, node") + " > 0", NODE + " timed out"),
              (rate("ringside_node_requests_refused_total", "pool, node, reason") + " > 0",
               NODE + " {{reason}}")),
        lines("Links", "short",
              "Links that are connected.",
              ("sum by (pool, node) (ringside_node_connections{{P}})", NODE)),
        lines("Links lost", "cps",
              "By reason: closed or refused by the node, an answer that fits nothing, a password "
              "refused; and those taken out of use as nothing came.",
              (rate("ringside_node_connections_lost_total", "pool, node, reason") + " > 0",
               NODE + " {{reason}}"),
              (rate("ringside_node_connections_silent_total", "pool, node") + " > 0",
               NODE + " silent")),
    ]),
    ("Rings and where nodes come from", [
        lines("Different rings of a pool", "short",
              "1: all instances agree. More: `ringctl discovery POOL` on the odd ones.",
              ('count by (job, namespace, pool) (count_values by (job, namespace, pool) '
               '("fingerprint", ringside_ring_fingerprint{{P}}))', "{{pool}}")),
        lines("Changes of the ring", "short",
              "In five minutes, in the instance with the most: `ringctl history POOL`.",
              ("max by (pool) (changes(ringside_ring_generation{{P}}[5m]))", "{{pool}}")),
        lines("Ejections", "short",
              "In five minutes, over all instances.",
              (increase("ringside_ejections_total", "pool"), "{{pool}}")),
        lines("Age of the last good answer", "s",
              "Of the source that decides, in the instance where it is the oldest. One that is "
              "watched answers when there is news.",
              ("max by (pool, source) (time() - "
               '(ringside_discovery_last_answer_timestamp_seconds{{P}, source!="static"} > 0) '
               "and ringside_discovery_authority == 1)", "{{pool}} {{source}}")),
        lines("Answers that failed", "short",
              "In five minutes, over all instances.",
              (increase("ringside_discovery_failures_total", "pool, source") + " > 0",
               "{{pool}} {{source}}")),
        lines("Sources that are not good", "short",
              "In how many instances a source is in which state. waiting: has not answered yet; "
              "held, empty: says that there are no nodes.",
              ('count by (pool, source, state) (ringside_discovery_state{{P}, state!="good"} == 1)',
               "{{pool}} {{source}} {{state}}"),
              ("count by (pool) (ringside_pool_stale{{P}} == 1)", "{{pool}} saved list")),
        lines("Nodes in the last list", "short",
              "By source; mean over the instances.",
              ("avg by (pool, source) (ringside_discovery_nodes{{P}})", "{{pool}} {{source}}"),
              width=12),
        lines("Lookups of names that failed", "short",
              "In five minutes: the node's last good addresses stay in use.",
              (increase("ringside_node_lookup_failures_total", "pool, node") + " > 0", NODE),
              width=12),
    ]),
    ("Process", [
        lines("CPU", "short",
              "Cores in use. A worker has at most one.",
              (ours("rate(process_cpu_seconds_total{{S}}[$__rate_interval])"), "{{instance}}")),
        lines("Memory", "bytes",
              "Memory in use, and the smallest limit of the control groups.",
              (ours("process_resident_memory_bytes{{S}}"), "{{instance}}"),
              ("ringside_memory_limit_bytes{{S}}", "{{instance}} limit")),
        lines("Open files", "short",
              "Open files and their limit; where files are not counted, connections.",
              (ours("(process_open_fds{{S}} or ringside_connections{{S}})"), "{{instance}}"),
              (ours("process_max_fds{{S}}"), "{{instance}} limit")),
        lines("Clients by worker", "short",
              "New clients go to the worker with the fewest.",
              ("ringside_worker_clients{{S}}", "{{instance}} {{worker}}")),
        lines("Snapshots behind", "short",
              "How many changes of the rings a worker has yet to adopt. More than a moment: it "
              "stands still.",
              ("ringside_snapshot_version{{S}} - on (job, instance) group_right () "
               "ringside_worker_snapshot_version{{S}}", "{{instance}} {{worker}}")),
        lines("Uptime", "s",
              "Since the process started.",
              (ours("time() - process_start_time_seconds{{S}}"), "{{instance}}")),
        lines("Configuration", "short",
              "Settings that wait for a restart, and 1 where the last load was refused: "
              "`ringctl config`.",
              ("ringside_config_settings_waiting{{S}}", "{{instance}} waiting"),
              ("1 - ringside_config_last_reload_successful{{S}}", "{{instance}} refused")),
        lines("Log and saved state", "short",
              "Lines of the log that were dropped, and failures to write state_dir, in five "
              "minutes.",
              ("increase(ringside_log_lines_dropped_total{{S}}[5m])", "{{instance}} lines"),
              ("increase(ringside_state_write_failures_total{{S}}[5m])", "{{instance}} state")),
        lines("Releases", "short",
              "Instances of each release.",
              ("count by (version) (ringside_build_info{{S}})", "{{version}}"), stacked=True),
    ]),
]

# --- what Grafana reads ---

SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def expanded(expr):
    return expr.replace("{S}", INSTANCES).replace("{P}", POOLS)


def target(ref, expr, legend, panel):
    return {"refId": ref, "datasource": SOURCE, "expr": expanded(expr), "legendFormat": legend,
            "format": panel.get("format", "time_series"), "instant": panel.get("instant", False),
            "range": not panel.get("instant", False)}


def placed(rows):
    """Panels from left to right, and a new line where one does not fit."""
    panels, y = [], 0
    for title, row in rows:
        panels.append({"id": len(panels) + 1, "type": "row", "title": title, "collapsed": False,
                       "panels": [], "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1}})
        x, y, height = 0, y + 1, 0
        for panel in row:
            w, h = panel["size"]
            if x + w > COLUMNS:
                x, y, height = 0, y + height, 0
            targets = [target("ABCDEF"[i], *each, panel) for i, each in enumerate(panel["targets"])]
            panels.append({
                "id": len(panels) + 1, "type": panel["type"], "title": panel["title"],
                "description": panel["description"], "datasource": SOURCE,
                "gridPos": {"x": x, "y": y, "w": w, "h": h},
                "fieldConfig": {"defaults": {"unit": panel["unit"], **panel["defaults"]},
                                "overrides": []},
                "options": panel["options"], "targets": targets})
            x, height = x + w, max(height, h)
        y += height
    return panels


def variable(name, label, query):
    return {"name": name, "label": label, "type": "query", "datasource": SOURCE, "refresh": 2,
            "query": {"query": query, "refId": name}, "definition": query, "sort": 1,
            "multi": True, "includeAll": True, "allValue": ".*",
            "current": {"text": ["All"], "value": ["$__all"], "selected": True}}


DASHBOARD = {
    "uid": "ringside",
    "title": "Ringside",
    "description": "The cache proxy, its pools, their nodes and where these come from.",
    "tags": ["ringside", "cache"],
    "schemaVersion": 39,  # Grafana 10.4; later ones migrate it
    "version": 1,
    "editable": True,
    "graphTooltip": 1,  # one crosshair for all panels
    "refresh": "30s",
    "time": {"from": "now-3h", "to": "now"},
    "timezone": "browser",
    "annotations": {"list": []},
    "links": [],
    "templating": {"list": [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus",
         "refresh": 1, "current": {}},
        variable("job", "Job", "label_values(ringside_ready, job)"),
        variable("instance", "Instance", 'label_values(ringside_ready{job=~"$job"}, instance)'),
        variable("pool", "Pool", f"label_values(ringside_pool_ready{{{INSTANCES}}}, pool)"),
    ]},
    "panels": placed(ROWS),
}


def text():
    return json.dumps(DASHBOARD, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
