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
COMMANDS = "| command | keys |\n|---|---|\n| `get` | 1 |\n| `type` | 1 |\n" \
           "| `GET` | 1 |\n| `OBJECT HELP` | |\n"
ADDING = """\
## Adding things

| what | for example | the row | besides |
|---|---|---|---|
| a memcached command | `touch` | `lib/protocol/rows.h` | `docs/COMMANDS.md` |
| a Redis command | `GETDEL` | `lib/protocol/rows_*.h` | a test in `tests/unit/protocol/` |
| a counter | `late` | `lib/metrics/counters.def` | |
| a key of a pool | `hash` | `lib/config/schema.cpp` | `x --print-docs > docs/CONFIG.md` |
| an option | | `lib/app/options.cpp` | |
| a limit | `kLong` | `lib/base/limits.h` | |
| an option of `ringctl` | `--long` | `cmd/tool/options.h` | |

## Style

| not | of | the | table |
"""


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

    def test_folders_of_a_layer_belong_to_it(self):
        unit = {"lib/protocol/redis/a.cpp": '#include "protocol/redis/a.h"\n',
                **self.header('#include "base/b.h"', '#include "protocol/c.h"', "int a();",
                              path="lib/protocol/redis/a.h")}
        test = "tests/unit/protocol/redis/a_test.cpp"
        self.assertEqual([], self.violations(
            {**unit, test: '#include "protocol/redis/a.h"\n\nTEST(A, works) {}\n'}))
        self.expect("lib/protocol/redis/a.cpp:1", f"has no {test}", unit)
        self.expect("lib/protocol/redis/a.cpp:1", f"has no {test}",
                    {**unit, "tests/unit/protocol/a_test.cpp": "// A.\n"})
        self.expect(f"{test}:1", "the first include is a.h",
                    {**unit, test: '#include "base/b.h"\n\n#include "protocol/redis/a.h"\n'})
        self.expect("lib/protocol/redis/b.cpp:2", "the first include is b.h",
                    {**self.header(path="lib/protocol/redis/b.h"),
                     "tests/unit/protocol/redis/b_test.cpp": "// B.\n",
                     "lib/protocol/redis/b.cpp": '// B.\n#include "base/c.h"\n'})
        for line, reason in (('#include "proxy/b.h"', "layer protocol may not include proxy"),
                             ('#include "redis/b.h"', "names its layer"),
                             ("std::deque<int> a;", "does not allocate"),
                             ("#include <thread>", "no I/O, threads"),
                             ("auto& log = base::log();", "logs to what it is given")):
            with self.subTest(line):
                self.expect("lib/protocol/redis/a.h:3", reason,
                            self.header(line, path="lib/protocol/redis/a.h"))

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

    def test_types_of_pools_and_nodes_stand_in_the_glossary(self):
        glossary = "docs/ARCHITECTURE.md"
        text = ("## Pools and nodes: a glossary\n\n| type | what |\n|---|---|\n"
                "| `proxy::PoolView`, `NodeId` | theirs |\n\n## Others\n\n| `proxy::Node` |\n")
        header = ["namespace ringside::proxy {", "struct PoolView {", "};", "struct Node;",
                  "using NodeId = int;", "using Nodes = int;"]
        self.assertEqual([], self.violations({glossary: text, **self.header(*header)}))
        self.expect("lib/proxy/a.h:9", "proxy::Node is not in the glossary",
                    {glossary: text, **self.header(*header, "struct Node {")})
        self.expect("lib/proxy/a.h:9", "proxy::NodeBook is not in the glossary",
                    {glossary: text, **self.header(*header, "class NodeBook : public Book {")})
        self.expect("lib/base/b.h:4", "base::NodeId is not in the glossary",
                    {glossary: text, **self.header(*header),
                     **self.header("namespace ringside::base {", "using NodeId = int;",
                                   path="lib/base/b.h")})
        self.expect(f"{glossary}:5", "no header defines proxy::NodeId",
                    {glossary: text, **self.header(*header[:4])})

    def test_libraries_stay_in_their_files(self):
        self.expect("lib/proxy/a.h:3",
                    "<yaml-cpp/yaml.h> is for lib/config/load.cpp, lib/config/node_list.cpp, ",
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

    def test_names_are_not_looked_up_by_calls_that_block(self):
        for call in ("::getaddrinfo(host, port, &hints, &found);", "gethostbyname(host);",
                     "gethostbyname_r(host);", "boost::asio::ip::tcp::resolver r(io);"):
            with self.subTest(call):
                for path in ("lib/admin/a.h", "cmd/tool/a.h"):
                    self.expect(f"{path}:3", "blocks the loop", self.header(call, path=path))
        self.assertEqual([], self.violations(self.header(
            "// Not getaddrinfo().", "ares_getaddrinfo(channel);", path="lib/admin/a.h")))
        self.assertEqual([], self.violations(self.header(
            "getaddrinfo(host);", path="tests/unit/a.h")))

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

    def test_the_core_names_no_command(self):
        def tree(line, path="lib/proxy/a.h"):
            return {"docs/COMMANDS.md": COMMANDS, **self.header(line, path=path)}
        for line, reason in (('bool a = name == "get";', '"get" is the name'),
                             ('bool a = name == "type";', '"type" is the name'),
                             ('bool a = name == "object help";', '"object help" is the name'),
                             ('auto a = "get ";', '"get" is the name'),
                             ('auto a = R"(GET)";', '"GET" is the name'),
                             ('auto a = "no node takes a GET now";', '"GET" is the name'),
                             ('auto a = "the node refused OBJECT HELP";', '"OBJECT HELP" is'),
                             ("auto a = MemcacheCommand::get;", "tells no command from another"),
                             ("using Id = protocol::RedisCommand;", "tells no command")):
            with self.subTest(line):
                self.expect("lib/proxy/a.h:3", reason, tree(line))
        for line in ('auto a = "get the type of a node";', 'auto a = "GETS and FORGET";',
                     '// For "GET" and MemcacheCommand::get.', '#include "protocol/get"',
                     "int get(int type);", 'auto a = "the node was lost";'):
            with self.subTest(line):
                self.assertEqual([], self.violations(tree(line)))
        self.assertEqual([], self.violations(tree('auto a = "get";', path="lib/protocol/a.h")))

    def test_the_names_of_commands_are_found(self):
        for text in ("no table\n", "| `get` | 1 |\n", "| `GET` | 1 |\n"):
            with self.subTest(text):
                self.expect("docs/COMMANDS.md:1", "tidy knows no command",
                            {"docs/COMMANDS.md": text})

    def adding(self):
        """A tree that the table of CONTRIBUTING.md describes."""
        return {"docs/CONTRIBUTING.md": ADDING,
                 "docs/COMMANDS.md": COMMANDS + "| `touch` | |\n",
                 "docs/CONFIG.md": "`hash`\n",
                 "docs/decisions/001-a.md": "Why touch and GETDEL are late.\n",
                 "lib/metrics/counters.def": "// C.\nROW(late)\n",
                 "lib/config/schema.cpp": '// S.\nauto a = "hash";\n',
                 "lib/app/options.cpp": "// O.\n",
                 "tests/unit/config/schema_test.cpp": "// S.\n",
                 "tests/unit/app/options_test.cpp": "// O.\n",
                 "tests/unit/protocol/a_test.cpp": '// A.\nauto a = "GETDEL touch late hash";\n',
                 **self.header("int kLong();", path="lib/base/limits.h"),
                 **self.header('auto a = "--long";', path="cmd/tool/options.h"),
                 **self.header('auto a = "touch";', path="lib/protocol/rows.h"),
                 **self.header('auto a = "GETDEL";', path="lib/protocol/rows_a.h"),
                 **self.header('auto a = "other";', path="lib/protocol/rows_b.h")}

    def test_what_is_known_of_an_example_stands_where_the_table_says(self):
        self.assertEqual([], self.violations(self.adding()))
        for path, text in (("lib/protocol/c.h", "auto a = Id::touch;"),
                           ("lib/protocol/c.h", 'auto a = " GETDEL GETSET ";'),
                           ("lib/protocol/redis/c.h", "row.late = 1;"),
                           ("cmd/tool/c.h", 'auto a = "hash";')):
            with self.subTest(text):
                self.expect(f"{path}:1", "does not name it",
                            {**self.adding(), **self.header(text, path=path)})
        self.expect("docs/OTHER.md:1", "knows touch",
                    {**self.adding(), "docs/OTHER.md": "Of touch.\n"})
        self.assertEqual([], self.violations(
            {**self.adding(), **self.header("// Not touch.", "int hash_of_touching();")}))

    def test_files_that_the_table_names_know_the_example(self):
        def place(row):
            return f"docs/CONTRIBUTING.md:{5 + row}"
        self.expect(place(0), "docs/COMMANDS.md knows nothing of touch",
                    {**self.adding(), "docs/COMMANDS.md": COMMANDS})
        self.expect(place(1), "tests/unit/protocol/ knows nothing of GETDEL",
                    {**self.adding(), "tests/unit/protocol/a_test.cpp": "// GETDEL\n"})
        self.expect(place(1), "lib/protocol/rows_*.h knows nothing of GETDEL",
                    {**self.adding(), **self.header(path="lib/protocol/rows_a.h")})

    def test_the_table_of_what_to_touch_is_whole(self):
        def table(old, new):
            return {**self.adding(), "docs/CONTRIBUTING.md": ADDING.replace(old, new)}
        self.expect("docs/CONTRIBUTING.md:9", "lib/app/gone.cpp does not exist",
                    table("lib/app/options.cpp", "lib/app/gone.cpp"))
        self.expect("docs/CONTRIBUTING.md:1", 'no row "a counter"',
                    table("a counter", "a number"))
        self.expect("docs/CONTRIBUTING.md:1", 'no row "a key of a pool"', table("`hash`", ""))

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
        self.expect("lib/proxy/transport.cpp:1", "which does not exist",
                    {"lib/proxy/transport.cpp": "// A.\n"})


if __name__ == "__main__":
    unittest.main()
