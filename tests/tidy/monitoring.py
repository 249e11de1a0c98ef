#!/usr/bin/env python3
"""Alert rules, dashboard and their document agree with each other and with docs/METRICS.md.

    tests/tidy/monitoring.py [ROOT]

Prints "file: reason" for each violation and exits 1 if there is one. What the rules do is tested by
`promtool test rules` (deploy/prometheus/*_test.yml); PromQL is read by promtool here, too.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

RULES = "deploy/prometheus/ringside.rules.yml"
DASHBOARD = "deploy/grafana/ringside.json"
GENERATOR = "deploy/grafana/dashboard.py"
METRICS = "docs/METRICS.md"
ALERTS = "docs/ALERTS.md"
VERBS = "cmd/ringctl/verbs.cpp"

# Given by Prometheus to what it scrapes, and kept where there are such.
TARGET_LABELS = {"job", "namespace", "instance"}
SEVERITIES = ("critical", "warning")
HISTOGRAM_SUFFIXES = ("_bucket", "_sum", "_count")

METRIC_ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \|", re.MULTILINE)
SERIES = re.compile(r"(?<![\w:$])((?:ringside|process)_\w+|\w+:\w+:\w+|ringside_setting:\w+:\w+)"
                    r"(?![\w:])(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([\w\s,]*)\)")
VALUE_LABEL = re.compile(r'count_values[^"]*"(\w+)"')
RULE = re.compile(r"^ +- (alert|record): (\S+)\n", re.MULTILINE)
FLOW_RECORD = re.compile(r'- \{record: "([\w:]+)"')
TEMPLATE_LABEL = re.compile(r"\{\{\s*\$labels\.(\w+)")
LEGEND_LABEL = re.compile(r"\{\{(\w+)\}\}")
VARIABLE = re.compile(r"\$\{?(\w+)\}?")
VERB_ROW = re.compile(r'^    \{\.name = "([\w-]+)"', re.MULTILINE)
VERB_USE = re.compile(r"`ringctl ([\w-]+)")
ASKED = re.compile(r'ALERTS\{alertname="(\w+)"(?:, alertstate="firing")?\}\'?,?\s+'
                   r"eval_time: \w+,?\s+exp_samples:\s*(\[\])?")


class Report:
    def __init__(self):
        self.lines = []

    def add(self, path, reason):
        self.lines.append(f"{path}: {reason}")


def metrics(root):
    """series name -> {label: its values, or None for any}, from the generated document."""
    result = {}
    for section in (root / METRICS).read_text(encoding="utf-8").split("\n## ")[1:]:
        common = re.search(r"^Labels: ([^\n]*)", section, re.MULTILINE)
        names = re.findall(r"`(\w+)`", common[1]) if common else []
        for name, kind, cell in METRIC_ROW.findall(section):
            labels = dict.fromkeys(names)
            own = re.match(r"`([\w, ]+)`(?:: (.*))?", cell.strip())
            if own:
                values = own[2].split(";") if own[2] else [None] * len(own[1].split(","))
                labels |= {label.strip(): each and [value.strip() for value in each.split(",")]
                           for label, each in zip(own[1].split(","), values)}
            if kind == "histogram":
                result |= {name + suffix: labels for suffix in HISTOGRAM_SUFFIXES}
                result[name + "_bucket"] = {**labels, "le": None}
            else:
                result[name] = labels
    return result


def rules(text):
    """(kind, name, expression, the rest of the rule) of each rule but those of the settings."""
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)
    parts = RULE.split(text)[1:]
    for kind, name, body in zip(parts[::3], parts[1::3], parts[2::3]):
        body = body.split("\n  - name:")[0]
        expr, _, rest = body.partition("expr:")[2].partition("\n        labels:")
        yield kind, name, re.split(r"\n        for:", expr)[0].strip().removeprefix("|"), rest


def check_expression(path, what, expr, known, report):
    """Each series is one that there is, with its labels and their values. The labels in sight."""
    labels = set(TARGET_LABELS) | set(VALUE_LABEL.findall(expr))
    for name, selector in SERIES.findall(expr):
        if name not in known:
            report.add(path, f"{what}: there is no metric {name}")
            continue
        own = known[name]
        labels |= own.keys()
        for label, operator, value in MATCHER.findall(selector):
            values = own.get(label)
            wanted = value.split("|") if operator.endswith("~") else [re.escape(value)]
            if label not in own.keys() | TARGET_LABELS:
                report.add(path, f"{what}: {name} has no label {label}")
            elif values and not all(any(re.fullmatch(one, v) for v in values) for one in wanted):
                report.add(path, f"{what}: {label} of {name} is never {value}")
    for group in GROUPING.findall(expr):
        for label in group.replace(",", " ").split():
            if label not in labels:
                report.add(path, f"{what}: nothing in it has the label {label}")
    return labels


def check_rules(root, known, report):
    text = (root / RULES).read_text(encoding="utf-8")
    tests = "".join(file.read_text(encoding="utf-8")
                    for file in sorted((root / RULES).parent.glob("*_test.yml")))
    asked = ASKED.findall(tests)
    document = (root / ALERTS).read_text(encoding="utf-8")
    sections = set(re.findall(r"^### (\w+)$", document, re.MULTILINE))
    alerts = set()
    known.update(dict.fromkeys(FLOW_RECORD.findall(text), {}))
    for kind, name, expr, rest in rules(text):
        labels = check_expression(RULES, name, expr, known, report)
        if kind == "record":
            known[name] = dict.fromkeys(labels)
            continue
        alerts.add(name)
        for part in ("summary:", "description:", f"runbook: {ALERTS}#{name.lower()}\n"):
            if part not in rest + "\n":
                report.add(RULES, f"{name} has no {part.strip()}")
        if not re.search(rf"severity: ({'|'.join(SEVERITIES)})\}}", rest):
            report.add(RULES, f"{name} has no severity of {', '.join(SEVERITIES)}")
        for label in set(TEMPLATE_LABEL.findall(rest)) - labels:
            report.add(RULES, f"{name}: its text names the label {label}, which it cannot have")
        if (name, "") not in asked:
            report.add(RULES, f"{name} is never firing in a test")
        if (name, "[]") not in asked:
            report.add(RULES, f"{name} is never quiet in a test")
    for name in sorted(alerts - sections):
        report.add(ALERTS, f"has no section ### {name}")
    for name in sorted(sections - alerts):
        report.add(ALERTS, f"has a section {name}, of which there is no alert")
    verbs = set(VERB_ROW.findall((root / VERBS).read_text(encoding="utf-8")))
    dashboard = (root / DASHBOARD).read_text(encoding="utf-8")
    for path, words in ((RULES, text), (ALERTS, document), (DASHBOARD, dashboard)):
        for verb in sorted(set(VERB_USE.findall(words)) - verbs):
            report.add(path, f"ringctl has no verb {verb}")


def overlap(one, other):
    return (one["x"] < other["x"] + other["w"] and other["x"] < one["x"] + one["w"] and
            one["y"] < other["y"] + other["h"] and other["y"] < one["y"] + one["h"])


def check_dashboard(root, known, report):
    """The expressions of all panels, with values for the variables."""
    text = (root / DASHBOARD).read_text(encoding="utf-8")
    made = subprocess.run([sys.executable, "-B", root / GENERATOR], capture_output=True, text=True,
                          check=False)
    if made.stdout != text:
        report.add(DASHBOARD, f"is not what {GENERATOR} writes; run it{made.stderr}")
    dashboard = json.loads(text)
    panels = dashboard["panels"]
    if len({panel["id"] for panel in panels}) != len(panels):
        report.add(DASHBOARD, "ids of panels are not unique")
    for i, panel in enumerate(panels):
        place = panel["gridPos"]
        if place["x"] + place["w"] > 24:
            report.add(DASHBOARD, f"{panel['title']} is wider than the grid")
        for other in panels[:i]:
            if overlap(place, other["gridPos"]):
                report.add(DASHBOARD, f"{panel['title']} lies over {other['title']}")
    defined = {variable["name"] for variable in dashboard["templating"]["list"]}
    used = set(VARIABLE.findall(text)) - {"__rate_interval", "__all"}
    for name in sorted(used ^ defined):
        where = "is used, and not defined" if name in used else "is defined, and not used"
        report.add(DASHBOARD, f"${name} {where}")
    for variable in dashboard["templating"]["list"]:
        asked = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]
                             if variable["type"] == "query" else "")
        if asked and asked[2] not in check_expression(DASHBOARD, variable["name"], asked[1], known,
                                                      report):
            report.add(DASHBOARD, f"${variable['name']}: {asked[1]} has no label {asked[2]}")
    expressions = []
    for panel in panels:
        if panel["type"] == "row":
            continue
        title = panel["title"]
        if not panel["description"] or not panel["fieldConfig"]["defaults"]["unit"]:
            report.add(DASHBOARD, f"{title} has no description or no unit")
        for target in panel["targets"]:
            expr = target["expr"].replace("$__rate_interval", "5m")
            expr = VARIABLE.sub(".*", expr)
            expressions.append(expr)
            labels = check_expression(DASHBOARD, title, expr, known, report)
            for label in set(LEGEND_LABEL.findall(target["legendFormat"])) - labels:
                report.add(DASHBOARD, f"{title}: its legend names {label}, which it cannot have")
    return expressions


def check_promql(root, expressions, report):
    """What promtool says of the rules, and of the dashboard's expressions as if they were rules."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "dashboard.yml"
        file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": [
            {"record": f"panel:{i}", "expr": expr} for i, expr in enumerate(expressions)]}]}))
        for path, what in ((root / RULES, RULES), (file, DASHBOARD)):
            run = subprocess.run(["promtool", "check", "rules", path], text=True, check=False,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if run.returncode != 0:
                report.add(what, run.stdout.strip())


def check(root):
    report = Report()
    known = metrics(root)
    check_rules(root, known, report)
    check_promql(root, check_dashboard(root, known, report), report)
    return report.lines


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2]
    violations = check(root.resolve())
    for line in violations:
        print(line)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
