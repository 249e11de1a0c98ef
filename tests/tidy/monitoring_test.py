#!/usr/bin/env python3
"""Each check of monitoring.py finds what it is for, planted into a copy of what there is."""

import shutil
import tempfile
import unittest
from pathlib import Path

import monitoring
from monitoring import ALERTS, DASHBOARD, GENERATOR, METRICS, RULES, VERBS

CHECKOUT = Path(__file__).parents[2]
TESTS = "deploy/prometheus/ringside_rules_test.yml"
DAY_TESTS = "deploy/prometheus/ringside_rules_day_test.yml"
FILES = (RULES, TESTS, DAY_TESTS, DASHBOARD, GENERATOR, METRICS, ALERTS, VERBS)


class Checks(unittest.TestCase):
    def violations(self, path=None, old="", new=""):
        """What is said of the tree in which `new` stands for the first `old` of a file."""
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for file in FILES:
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(CHECKOUT / file, root / file)
            if path:
                text = (root / path).read_text(encoding="utf-8")
                self.assertIn(old, text)
                (root / path).write_text(text.replace(old, new, 1), encoding="utf-8")
            return monitoring.check(root)

    def expect(self, reason, path, old, new):
        found = self.violations(path, old, new)
        self.assertTrue(any(reason in line for line in found), found)

    def test_what_there_is_has_none(self):
        self.assertEqual([], self.violations())

    def test_a_metric_is_renamed(self):
        found = self.violations(METRICS, "`ringside_pool_stale`", "`ringside_pool_saved`")
        self.assertTrue(any(line.startswith(RULES) for line in found), found)
        self.assertTrue(any(line.startswith(DASHBOARD) for line in found), found)

    def test_a_histogram_becomes_a_gauge(self):
        self.expect("there is no metric ringside_request_duration_seconds_bucket", METRICS,
                    "`ringside_request_duration_seconds` | histogram",
                    "`ringside_request_duration_seconds` | gauge")

    def test_a_label_is_renamed(self):
        self.expect("has no label outcome", METRICS, "`class, outcome`", "`class, ending`")
        self.expect("its text names the label worker", METRICS, "Labels: `worker`",
                    "Labels: `thread`")
        self.expect("has no label pool", METRICS, "Labels: `pool`, and", "Labels: `group`, and")

    def test_a_value_of_a_label_is_renamed(self):
        self.expect("outcome of ringside_requests_total is never", METRICS, "timed_out, rejected",
                    "late, rejected")
        self.expect("state of ringside_discovery_state is never failing|held|empty", METRICS,
                    "waiting, good, failing", "waiting, good, broken")

    def test_a_recorded_series_is_renamed(self):
        self.expect("there is no metric pool:ringside_unanswered:ratio6h", RULES,
                    "record: pool:ringside_unanswered:ratio6h",
                    "record: pool:ringside_unanswered:ratio5h")
        self.expect("there is no metric ringside_setting:usage_ratio:max", RULES,
                    '"ringside_setting:usage_ratio:max"', '"ringside_setting:use_ratio:max"')

    def test_an_alert_lacks_what_belongs_to_it(self):
        self.expect("has no section ### RingsidePoolStale", ALERTS, "### RingsidePoolStale", "###")
        self.expect("of which there is no alert", ALERTS, "### RingsidePoolStale",
                    "### RingsidePoolOld")
        self.expect("RingsideDown has no runbook", RULES, "#ringsidedown", "#ringsideup")
        self.expect("RingsidePoolStale has no severity", RULES,
                    "stale == 1)\n        for: 15m\n        labels: {severity: warning}",
                    "stale == 1)\n        for: 15m\n        labels: {severity: bad}")

    def test_an_alert_lacks_a_case(self):
        self.expect("RingsideNodeDegraded is never quiet in a test", TESTS,
                    'RingsideNodeDegraded", alertstate="firing"}\', eval',
                    'RingsideNone", alertstate="firing"}\', eval')
        self.expect("RingsideNodesKeptOut is never firing in a test", TESTS,
                    'expr: ALERTS{alertname="RingsideNodesKeptOut"',
                    'expr: ALERTS{alertname="RingsideNone"')

    def test_a_verb_of_ringctl_is_renamed(self):
        found = self.violations(VERBS, '{.name = "pool",', '{.name = "show",')
        for path in (RULES, ALERTS, DASHBOARD):
            self.assertIn(f"{path}: ringctl has no verb pool", found)

    def test_promql_does_not_parse(self):
        self.expect("parse error", RULES, "ringside_draining == 1", "ringside_draining ==")
        self.expect("parse error", DASHBOARD, '"count(ringside_ready{', '"count ringside_ready{')

    def test_the_dashboard_is_edited_by_hand(self):
        self.expect("is not what", DASHBOARD, '"refresh": "30s"', '"refresh": "10s"')

    def test_the_dashboard_is_wrong(self):
        self.expect("ids of panels are not unique", DASHBOARD, '"id": 3,', '"id": 2,')
        self.expect("Not ready lies over Instances", DASHBOARD, '"x": 4,', '"x": 3,')
        self.expect("$group is used, and not defined", DASHBOARD, "$pool", "$group")
        self.expect("$where is defined, and not used", DASHBOARD, '"name": "instance"',
                    '"name": "where"')
        self.expect("has no description or no unit", DASHBOARD, '"unit": "reqps"', '"unit": ""')
        self.expect("its legend names command", DASHBOARD, "{{class}}", "{{command}}")


if __name__ == "__main__":
    unittest.main()
