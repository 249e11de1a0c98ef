#!/usr/bin/env python3
"""What `instructions` makes of callgrind's profiles and of the counts of its rounds."""

import importlib.machinery
import importlib.util
import pathlib
import unittest

PATH = pathlib.Path(__file__).with_name("instructions")
LOADER = importlib.machinery.SourceFileLoader("instructions", str(PATH))
SPEC = importlib.util.spec_from_loader("instructions", LOADER)
instructions = importlib.util.module_from_spec(SPEC)
LOADER.exec_module(instructions)

PROFILE = """\
# callgrind format
part: 2
thread: 2
positions: line
events: Ir
summary: 130

fl=(1) worker.cpp
fn=(1) turn()
0 10
cob=(2) libc.so.6
cfi=(2) ???
cfn=(2) operator==(a, b)
calls=3 0
0 100
fi=(3) inlined.h
+4 15
fe=(1)

fn=(2)
0 100
* 5
"""


def counted(*rounds):
    count = instructions.Count()
    for instructions_of_all in rounds:
        count.add(instructions.collections.Counter(turn=instructions_of_all), 10)
    return count


class Profile(unittest.TestCase):
    def test_gives_each_function_its_own_instructions_and_not_its_callees(self):
        costs = instructions.read_profile(PROFILE.splitlines(keepends=True))

        self.assertEqual(costs, {"turn()": 25, "operator==(a, b)": 105})
        self.assertEqual(costs.total(), 130)


class Rounds(unittest.TestCase):
    def test_count_per_request_and_show_the_median(self):
        count = counted(100, 900, 300)

        self.assertEqual(count.rounds, [10, 90, 30])
        self.assertEqual(count.median(), 30)
        self.assertAlmostEqual(count.of_function("turn"), 130 / 3)

    def test_that_agree_have_a_ratio_without_noise(self):
        ratio, noise = instructions.ratio_of([counted(100, 100, 100), counted(120, 120, 120)])

        self.assertAlmostEqual(ratio, 1.2)
        self.assertEqual(noise, 0)

    def test_that_differ_have_a_ratio_with_noise(self):
        _, noise = instructions.ratio_of([counted(100, 110, 120), counted(100, 100, 100)])

        self.assertGreater(noise, 0)

    def test_ask_for_whole_batches_of_all_clients(self):
        for name, scenario in instructions.SCENARIOS.items():
            batch = scenario.clients * scenario.pipeline
            requests = instructions.requests_of(scenario)

            self.assertGreaterEqual(requests, 1_000, name)
            self.assertGreaterEqual(requests, 3 * batch, name)
            self.assertEqual(requests % batch, 0, name)


if __name__ == "__main__":
    unittest.main()
