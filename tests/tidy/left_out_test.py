#!/usr/bin/env python3
"""Tests of left_out.py: usage as there, without the snippet."""
import sys
import tempfile
import unittest
from pathlib import Path

import left_out

COMMAND = []

SNIPPET = """#include <cstddef>

struct Row {{
    {members}
}};
constexpr Row kRow{{
    .name = "a",
    .keys = 1,
}};
"""


class LeftOut(unittest.TestCase):
    def problems(self, members, flags=()):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "row.cpp"
            path.write_text(SNIPPET.format(members=members), encoding="utf-8")
            return left_out.problems(path, [*COMMAND, *flags])

    def test_columns_without_defaults_pass(self):
        self.assertEqual(self.problems("const char* name; std::size_t keys;"), [])

    def test_a_default_is_found(self):
        self.assertRegex(self.problems("const char* name; std::size_t keys = 0;")[0],
                         r"^\.keys can be left out")

    def test_a_flag_that_is_gone_is_found(self):
        found = self.problems("const char* name; std::size_t keys;",
                              ["-Wno-missing-field-initializers"])
        self.assertEqual(len(found), 2)

    def test_a_column_that_the_snippet_lacks_is_found(self):
        for member in ("int route;", "int route = 0;"):
            found = self.problems("const char* name; std::size_t keys;" + member)
            self.assertRegex(found[0], "does not compile as it is|lacks a column")

    def test_an_error_of_another_kind_is_no_proof(self):
        found = self.problems("const char* name; std::size_t keys; constexpr Row() = delete;")
        self.assertRegex(found[0], "does not compile as it is")


if __name__ == "__main__":
    COMMAND = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
