#!/usr/bin/env python3
"""Each rule of tidy.py finds what it is for, and a clean tree has no violation."""

import tempfile
import unittest
from pathlib import Path

import tidy

LAYERS = """\
ringside_layer(base LIBRARIES fmt::fmt)
ringside_layer(protocol DEPENDS base)
ringside_layer(proxy DEPENDS base protocol)
ringside_layer(admin DEPENDS base LIBRARIES ringside_asio)
"""
PROGRAMS = "ringside_program(tool ringside_protocol)\n"


class Rules(unittest.TestCase):
    def violations(self, files):
        """What tidy says of a tree with these files: [(path:line, reason)]."""
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            tree = {"lib/CMakeLists.txt": LAYERS, "cmd/CMakeLists.txt": PROGRAMS, **files}
            for path, text in tree.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
            return [tuple(line.split(": ", 1)) for line in tidy.tidy(root, with_format=False)]

    def expect(self, place, reason, files):
        found = self.violations(files)
        self.assertEqual([place], [where for where, _ in found], found)
        self.assertIn(reason, found[0][1])

    def header(self, *lines, path="lib/proxy/a.h"):
        return {path: "\n".join(["// What it is.", "#pragma once", *lines, ""])}

    def test_a_clean_tree_has_none(self):
        files = {
            **self.header('#include "protocol/b.h"', "int a();"),
            "lib/proxy/a.cpp": '#include "proxy/a.h"\n\n#include "base/c.h"\n',
            "tests/unit/proxy/a_test.cpp": '#include "proxy/a.h"\n\nTEST(A, works) {}\n',
            "cmd/tool/main.cpp": '// The tool.\n#include "protocol/b.h"\n#include "local.h"\n',
        }
        self.assertEqual([], self.violations(files))

    def test_layers_are_included_downwards_only(self):
        self.expect("lib/protocol/a.h:3", "layer protocol may not include proxy",
                    self.header('#include "proxy/b.h"', path="lib/protocol/a.h"))
        self.expect("lib/proxy/a.h:3", "names its layer", self.header('#include "b.h"'))
        self.expect("cmd/tool/a.h:3", "program tool may not include proxy",
                    self.header('#include "proxy/b.h"', path="cmd/tool/a.h"))

    def test_layers_below_the_next_are_allowed(self):
        self.assertEqual([], self.violations(
            self.header('#include "base/b.h"', path="cmd/tool/a.h")))

    def test_rows_of_the_guide_have_tests_that_exist(self):
        rows = ("| | matter |\n|---|---|\n| 1 | one |\n| 2 | two |\n\n"
                "| row | tested by |\n|---|---|\n")
        test = {"tests/integration/a_test.cpp": "// A.\nTEST_F(A,\n       works) {}\n"}
        guide = "docs/from-twemproxy.md"
        self.assertEqual([], self.violations(
            {**test, guide: rows + "| 1 | `A.works` |\n| 2 | `A.works` |\n"}))
        self.expect(f"{guide}:4", "row 2 has no test",
                    {**test, guide: rows + "| 1 | `A.works` |\n| 2 | by hand |\n"})
        self.expect(f"{guide}:9", "there is no test A.fails",
                    {**test, guide: rows + "| 1 | `A.works` |\n| 2 | `A.fails` |\n"})
        self.expect(f"{guide}:1", "row 3, which does not exist",
                    {**test, guide: rows + "".join(f"| {n} | `A.works` |\n" for n in (1, 2, 3))})

    def test_libraries_stay_in_their_files(self):
        self.expect("lib/proxy/a.h:3", "lib/config/load.cpp only",
                    self.header("#include <yaml-cpp/yaml.h>"))
        self.expect("lib/proxy/a.h:3", "nothing only",
                    self.header("#include <boost/optional.hpp>"))
        self.expect("lib/admin/a.h:3", "<boost/asio/post.hpp> is for",
                    self.header("#include <boost/asio/post.hpp>", path="lib/admin/a.h"))
        self.assertEqual([], self.violations(
            {"cmd/tool/main.cpp": "// The tool.\n#include <boost/asio/post.hpp>\n"}))

    def test_files_have_at_most_500_lines(self):
        self.assertEqual([], self.violations(self.header(*["// ."] * 498)))
        self.expect("lib/proxy/a.h:501", "501 lines", self.header(*["// ."] * 499))

    def test_functions_have_at_most_70_lines(self):
        def body(lines):
            return self.header("inline int f(int a,", "             int b) {", *["    a += b;"] *
                               (lines - 3), "}")
        self.assertEqual([], self.violations(body(70)))
        self.expect("lib/proxy/a.h:3", "function of 71 lines", body(71))

    def test_functions_have_at_most_5_parameters(self):
        def function(parameters):
            return self.header(f"inline void f({parameters}) {{", "    g();", "}")
        self.assertEqual([], self.violations(function(
            "int a, std::map<int, int> b, int c = g(1, 2), int d, int e")))
        self.expect("lib/proxy/a.h:3", "more than 5 parameters",
                    function("int a, int b, int c, int d, int e, int f"))

    def test_files_begin_with_what_they_are(self):
        self.expect("lib/proxy/a.h:1", "without a comment", {"lib/proxy/a.h": "#pragma once\n"})
        self.expect("tests/sim/a.cpp:1", "without a comment", {"tests/sim/a.cpp": "int a;\n"})
        self.expect("tests/sim/a.cpp:1", "is empty", {"tests/sim/a.cpp": ""})

    def test_headers_are_read_once(self):
        self.expect("lib/proxy/a.h:2", "#pragma once", {"lib/proxy/a.h": "// A.\nint a;\n"})

    def test_the_own_header_comes_first(self):
        self.expect("tests/sim/a.cpp:2", "the first include is a.h",
                    {**self.header(path="tests/sim/a.h"),
                     "tests/sim/a.cpp": '// A.\n#include "sim/b.h"\n#include "sim/a.h"\n'})

    def test_banned_constructs_are_found(self):
        for line, reason in (
                ("auto f = [=] { return 1; };", "[=]"),
                ("auto f = [=, &b] { return 1; };", "[=]"),
                ("using namespace std;", "using namespace"),
                ("std::function<void()> f;", "does not allocate"),
                ("std::deque<int> f;", "does not allocate"),
                ("int* f = new int;", "does not allocate"),
                ("#include <thread>", "no I/O, threads"),
                ("auto t = base::Clock::now();", "no I/O, threads")):
            with self.subTest(line):
                self.expect("lib/proxy/a.h:3", reason, self.header(line))

    def test_the_core_logs_to_what_it_is_given(self):
        global_log = ("void f() {", '    base::log().warn("late");', "}")
        for layer in tidy.PURE_LAYERS:
            with self.subTest(layer):
                self.expect(f"lib/{layer}/a.h:4", "logs to what it is given",
                            self.header(*global_log, path=f"lib/{layer}/a.h"))
        self.assertEqual([], self.violations(self.header(*global_log, path="lib/admin/a.h")))
        self.assertEqual([], self.violations(self.header(
            '#include "base/log.h"', "// Not base::log().", "base::Log& log;",
            'void f() { state_.log.warn("late"); }')))

    def test_comments_and_strings_are_no_code(self):
        self.assertEqual([], self.violations(self.header(
            "// [=] is for a new std::function", "/* new", "   [=] */",
            'auto a = "new \\" [=]";', 'auto b = R"(new "[=])";', "int c = 1'000 + '\"';")))

    def test_code_behind_a_digit_separator_is_code(self):
        self.expect("lib/proxy/a.h:3", "does not allocate",
                    self.header("int* a = f(1'000, new int, 2'000);"))

    def test_invisible_and_foreign_text_is_found(self):
        for line, reason in (("\tint a;", "tab"), ("int a; ", "blank at the end"),
                             ("// " + "/home" + "/me/x", "one machine"), ("// TO" "DO: x", "issue"),
                             ("// FIX" "ME", "issue"), ("// " + "x" * 98, "101 columns")):
            with self.subTest(line):
                self.expect("lib/proxy/a.h:3", reason, self.header(line))
        self.assertEqual([], self.violations(self.header("// TO" "DO(#12): x", "// " + "x" * 97)))

    def test_tables_laid_out_by_hand_may_be_wide(self):
        wide = "// " + "x" * 98
        self.assertEqual([], self.violations(
            self.header("// clang-format off", wide, "// clang-format on")))
        self.expect("lib/proxy/a.h:5", "101 columns",
                    self.header("// clang-format off", "// clang-format on", wide))

    def test_units_have_a_test(self):
        files = {"lib/proxy/a.cpp": "// A.\n"}
        self.expect("lib/proxy/a.cpp:1", "has no tests/unit/proxy/a_test.cpp", files)
        self.assertEqual([], self.violations({**files, "tests/unit/proxy/a_test.cpp": "// A.\n"}))
        self.assertEqual([], self.violations({**files, "tests/unit/proxy/a_b_test.cpp": "// A.\n"}))

    def test_the_list_of_untested_units_is_kept_up_to_date(self):
        files = {"lib/io/asio_impl.cpp": "// A.\n"}
        self.assertEqual([], self.violations(files))
        self.expect("lib/io/asio_impl.cpp:1", "take it off",
                    {**files, "tests/unit/io/asio_impl_test.cpp": "// A.\n"})
        self.expect("lib/proxy/link.cpp:1", "which does not exist",
                    {"lib/proxy/link.cpp": "// A.\n"})


if __name__ == "__main__":
    unittest.main()
