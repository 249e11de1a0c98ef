#!/usr/bin/env python3
"""The style guide as a test: layers, fences, sizes and banned constructs.

    tests/tidy/tidy.py [--no-format] [ROOT]

Prints "file:line: reason" for each violation and exits 1 if there is one. Knows nothing of C++ but
comments, strings and the layout that clang-format gives; what the compiler checks is left to it.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from glossary import check_glossary
from one_place import check_adding, check_command_names, command_names
from source_text import without_comments_and_strings

FILE_LINES_MAX = 500
# One idea that needs more: cutting it would only keep the cap.
LONGER_FILES = {"lib/io/stream_loop.cpp": 600, "lib/config/load.cpp": 530,
                "tests/unit/http/server_test.cpp": 540}
FUNCTION_LINES_MAX = 70
LINE_COLUMNS_MAX = 100
PARAMETERS_MAX = 5

CODE_FOLDERS = ("lib", "cmd", "tests")
CODE_SUFFIXES = (".h", ".cpp", ".def")
PAGE_SUFFIXES = (".js", ".mjs", ".css", ".html")
TEXT_SUFFIXES = CODE_SUFFIXES + PAGE_SUFFIXES + (".py", ".sh", ".md", ".txt", ".cmake", ".yml",
                                                 ".yaml", ".json")
# Copied from elsewhere, kept byte for byte.
FOREIGN = ("tests/golden/", "tests/examples/", "tests/recordings/", "tests/fuzz/corpus/", "LICENSE")
SKIPPED_FOLDERS = {".git", "build", "__pycache__", "node_modules"}

# A library's headers, and the only files that may include them. The longest prefix decides.
FENCES = {
    "ares": ("lib/io/ares_channel.cpp",),
    "spdlog/": ("lib/base/log.cpp",),
    "yaml-cpp/": ("lib/config/load.cpp", "lib/config/node_list.cpp", "lib/config/yaml_text.h",
                  "lib/config/yaml_tree.cpp", "tests/unit/config/yaml_tree_test.cpp",
                  "lib/inject/yaml.cpp", "cmd/ringside-injector/yaml_tree.cpp",
                  "tests/support/yaml_as_json.h"),
    "nlohmann/": ("lib/http/json.h", "lib/inject/json.h", "cmd/", "tests/"),
    "boost/beast": ("lib/http/message.cpp", "lib/http/response_reader.cpp", "lib/io/asio_impl.cpp"),
    "boost/asio": ("lib/io/*.cpp", "lib/http/*.cpp", "lib/http/stream.h", "lib/http/connection.h",
                    "lib/http/server_state.h",
                   "lib/discovery/exchange.cpp", "lib/discovery/probe.cpp", "lib/app/*.cpp",
                   "cmd/", "tests/"),
    "openssl/": ("lib/http/tls.cpp", "tests/support/certificates.cpp",
                 "tests/unit/http/tls_test.cpp"),
    "zlib.h": ("lib/http/gzip.cpp", "tests/unit/http/unpacked.h"),
    "boost/uuid/detail/md5.hpp": ("lib/base/md5.cpp",),
    "boost/": (),
    "fmt/format.h": ("*.cpp",),
    "fmt/ranges.h": (),
}

# Layers that get time and bytes as arguments.
PURE_LAYERS = ("proxy", "protocol", "routing", "health")
IMPURE = re.compile(r"#include <(thread|mutex|condition_variable|future|fstream|iostream|poll\.h|"
                    r"unistd\.h|sys/socket\.h|sys/epoll\.h)>|Clock::now\(|moment_now\(")
GLOBAL_LOG = re.compile(r"\bbase::log\b")

# Block for as long as nameservers are silent, and know of no TTL.
BLOCKING_LOOKUP = re.compile(r"\b(getaddrinfo(_a)?|gethostby(name|addr)2?(_r)?)\b|"
                             r"\b(tcp|udp|icmp)::resolver\b")

# Files of the data path: nothing that allocates per request.
DATA_PATH = ("lib/proxy/", "lib/protocol/")
ALLOCATING = re.compile(r"std::function\b|std::deque\b|\bnew\b")

# lib/*.cpp without a unit test of their own name: the test that covers them, or why there is none.
TESTED_BY = {
    "lib/admin/handlers_discovery.cpp": "tests/unit/admin/json_history_test.cpp",
    "lib/admin/handlers_health.cpp": "tests/unit/admin/health_test.cpp",
    "lib/admin/handlers_pools.cpp": "tests/unit/admin/routes_test.cpp",
    "lib/admin/handlers_process.cpp": "tests/unit/admin/routes_test.cpp",
    "lib/admin/json_health.cpp": "tests/unit/admin/health_test.cpp",
    "lib/admin/json_sources.cpp": "tests/unit/admin/json_history_test.cpp",
    "lib/admin/handlers_ring.cpp": "tests/unit/admin/routes_test.cpp",
    "lib/discovery/pool_health.cpp": "tests/unit/admin/health_test.cpp",
    "lib/admin/handlers_workers.cpp": "tests/unit/admin/json_workers_test.cpp",
    "lib/app/worker_questions.cpp": "tests/integration/workers_test.cpp",
    "lib/app/event_teller.cpp": "tests/integration/events_test.cpp",
    "lib/config/json_schema.cpp": "tests/integration/config_schema_test.cpp",
    "lib/config/pool_check.cpp": "tests/unit/config/load_test.cpp",
    "lib/http/serving.cpp": "tests/unit/http/server_test.cpp",
    "lib/app/app_takeover.cpp": "tests/integration/takeover_test.cpp",
    "lib/app/hand_over.cpp": "tests/integration/takeover_test.cpp",
    "lib/app/take_over.cpp": "tests/integration/takeover_test.cpp",
    "lib/io/readable.cpp": "tests/integration/takeover_test.cpp",
    "lib/app/ask_running.cpp": "tests/integration/ask_running_test.cpp",
    "lib/app/config_file.cpp": "tests/unit/app/reloader_test.cpp",
    "lib/app/crash_line.cpp": "tests/integration/process_test.cpp",
    "lib/app/daemon.cpp": "tests/integration/process_test.cpp",
    "lib/app/discover.cpp": "tests/integration/visible_test.cpp",
    "lib/app/inspect.cpp": "tests/integration/nutcracker_name_test.cpp",
    "lib/app/manual.cpp": "tests/package/files_test.py",
    "lib/app/nutcracker_name.cpp": "tests/integration/nutcracker_name_test.cpp",
    "lib/app/run.cpp": "tests/integration/drain_test.cpp",
    "lib/app/sources.cpp": "tests/integration/reload_sources_test.cpp",
    "lib/io/ares_channel.cpp": "tests/unit/io/name_resolver_test.cpp",
    "lib/io/lookup_result.cpp": "tests/unit/io/name_resolver_test.cpp",
    "lib/discovery/controller_operator.cpp": "tests/unit/discovery/controller_ejection_test.cpp",
    "lib/discovery/pool_state_saved.cpp": "tests/unit/discovery/controller_saved_test.cpp",
    "lib/discovery/node_record.cpp": "tests/unit/discovery/controller_ejection_test.cpp",
    "lib/protocol/redis/resp.cpp": "tests/unit/protocol/redis/reply_test.cpp",
    "lib/protocol/request_frame.cpp": "tests/unit/protocol/memcache/request_test.cpp",
    "lib/protocol/wire_text.cpp": "tests/unit/protocol/memcache/request_test.cpp",
    "lib/proxy/link_dialling.cpp": "tests/unit/proxy/addresses_test.cpp",
    "lib/proxy/transport.cpp": "tests/unit/proxy/worker_test.cpp",
}
UNTESTED = {
    "lib/io/asio_impl.cpp": "only instantiates Asio and Beast",
    "lib/http/asio_ssl_impl.cpp": "only instantiates Asio's TLS",
}

# What it says of both programs is tested; rows of tables begin with a number.
GUIDE = "docs/from-twemproxy.md"
ROW = re.compile(r"\| (\d+) \|")
TEST = re.compile(r"^TEST(?:_[FP])?\((\w+),\s*(\w+)\)", re.MULTILINE)
TEST_NAME = re.compile(r"`([A-Z]\w*\.\w+)`")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
TODO = re.compile(r"\b(TODO|FIXME)\b(?!\(#\d+\))")
MACHINE_PATH = re.compile(r"(?<![\w.$}/*])/(work|home|root|Users|tmp/build)[/-]\w")
FUNCTION_START = re.compile(r"^(?!namespace|class|struct|enum|union|using|#|//|\}|\s)\w.*\(")


class Report:
    def __init__(self):
        self.lines = []

    def add(self, path, line, reason):
        self.lines.append(f"{path}:{line}: {reason}")


def is_allowed(path, patterns):
    return any(Path(path).match(p) if "*" in p else path == p or (p[-1] == "/" and
               path.startswith(p)) for p in patterns)


def layers(root):
    """layer -> layers that it may include, from lib/CMakeLists.txt; the closure, and itself."""
    text = (root / "lib/CMakeLists.txt").read_text()
    direct = {}
    for name, rest in re.findall(r"^ringside_layer\((\w+)([^)]*)\)", text, re.MULTILINE):
        depends = re.search(r"DEPENDS((?:\s+[a-z_]+)+)", rest)
        direct[name] = depends.group(1).split() if depends else []
    allowed = {}
    for name in direct:  # in the order of the layers: what it depends on is already known
        allowed[name] = {name}.union(*(allowed[other] for other in direct[name]))
    return allowed


def programs(root, allowed):
    """program -> layers that it may include, from cmd/CMakeLists.txt."""
    text = (root / "cmd/CMakeLists.txt").read_text()
    result = {}
    for name, links in re.findall(r"^ringside_program\(([\w-]+)([^)]*)\)", text, re.MULTILINE):
        linked = [word.removeprefix("ringside_") for word in links.split()]
        result[name] = set().union(*(allowed[layer] for layer in linked if layer in allowed))
    return result


def check_layers(path, code, tree, report):
    """Arrows between layers go one way, the way of lib/CMakeLists.txt."""
    parts = path.split("/")
    if parts[0] == "lib":
        may, who = tree["layers"].get(parts[1], set()), f"layer {parts[1]}"
    elif parts[0] == "cmd" and len(parts) > 2:
        may, who = tree["programs"].get(parts[1], set()), f"program {parts[1]}"
    else:
        return
    for number, line in enumerate(code, 1):
        match = INCLUDE.match(line)
        if not match or match.group(1) == "<":
            continue
        folder = match.group(2).split("/")[0] if "/" in match.group(2) else None
        if folder not in tree["layers"] and parts[0] == "lib":
            report.add(path, number, 'an include of lib names its layer: "layer/file.h"')
        elif folder in tree["layers"] and folder not in may:
            report.add(path, number, f"{who} may not include {folder} (lib/CMakeLists.txt)")


def check_fences(path, code, _, report):
    """One third-party library, one file: its cost and its quirks stay there."""
    for number, line in enumerate(code, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        prefix = max((p for p in FENCES if match.group(2).startswith(p)), key=len, default=None)
        if prefix is not None and not is_allowed(path, FENCES[prefix]):
            where = ", ".join(FENCES[prefix]) or "nothing"
            report.add(path, number, f"<{match.group(2)}> is for {where} only")


def check_size(path, code, _, report):
    """What does not fit on a few screens has more than one idea."""
    most = LONGER_FILES.get(path, FILE_LINES_MAX)
    if len(code) > most:
        report.add(path, most + 1, f"{len(code)} lines; at most {most}")


def check_functions(path, code, _, report):
    """Length and parameters of functions at namespace level, as clang-format lays them out."""
    start = None
    header = ""
    for number, line in enumerate(code, 1):
        if start is None and FUNCTION_START.match(line) and not re.search(r"=[^=]*\(|;\s*$", line):
            start, header, opened = number, "", False
        if start is None:
            continue
        if not opened:
            header += line + " "
            opened = line.rstrip().endswith("{")
            if line.rstrip().endswith((";", "}")):
                start = None
        elif line.startswith("}"):
            if number - start + 1 > FUNCTION_LINES_MAX:
                report.add(path, start, f"function of {number - start + 1} lines; at most "
                                        f"{FUNCTION_LINES_MAX}")
            if parameters(header) > PARAMETERS_MAX:
                report.add(path, start, f"more than {PARAMETERS_MAX} parameters; use a struct")
            start = None


def parameters(header):
    """How many parameters the first parenthesis of a function's head has."""
    depth, count = 0, 0
    for char in header[header.index("("):]:
        if char in "(<[{":
            depth += 1
        elif char in ")>]}":
            depth -= 1
            if depth == 0:
                break
        elif depth == 1 and not char.isspace():
            count += 1 if char == "," or count == 0 else 0
    return count


def own_header(path):
    """The header that a .cpp implements or tests."""
    if not path.endswith(".cpp"):
        return None
    if path.startswith("tests/unit/") and path.endswith("_test.cpp"):
        return "lib/" + path.removeprefix("tests/unit/").removesuffix("_test.cpp") + ".h"
    return path.removesuffix(".cpp") + ".h"


def check_top(path, lines, tree, report):
    """A file begins with what it is for; a header is read once; a .cpp checks its own header."""
    if not lines:
        report.add(path, 1, "the file is empty")
        return
    own = own_header(path)
    has_own = own is not None and (tree["root"] / own).exists()
    # What a unit is for stands in its header; what a unit test is for, in its name.
    explained = has_own or path.startswith("tests/unit/")
    if not lines[0].startswith("//") and not (explained and lines[0].startswith("#include")):
        report.add(path, 1, "begins without a comment that says what the file is for")
    code = [(n, line) for n, line in enumerate(lines, 1)
            if line.strip() and not line.startswith("//")]
    if path.endswith(".h") and (not code or code[0][1] != "#pragma once"):
        report.add(path, code[0][0] if code else 1, "#pragma once stands behind the first comment")
    includes = [(n, INCLUDE.match(line)) for n, line in code if INCLUDE.match(line)]
    if has_own and includes:
        number, first = includes[0]
        if not own.endswith("/" + first.group(2)):
            report.add(path, number, f"the first include is {Path(own).name}, so that it is seen "
                                     "to compile alone")


def check_banned(path, code, _, report):
    """Constructs that the style guide rules out."""
    for number, line in enumerate(code, 1):
        if re.search(r"\[=[\],]", line):
            report.add(path, number, "[=] hides what a lambda keeps; name the captures")
        if path.endswith(".h") and re.search(r"\busing\s+namespace\b", line):
            report.add(path, number, "using namespace in a header reaches everyone")
        if path.startswith(DATA_PATH) and ALLOCATING.search(line):
            report.add(path, number, "the data path does not allocate: no std::function, "
                                     "std::deque or new")
        if path.startswith(("lib/", "cmd/")) and BLOCKING_LOOKUP.search(line):
            report.add(path, number, "blocks the loop while nameservers are silent; "
                                     "ask an io::NameResolver")
        layer = path.split("/")[1]
        if path.startswith("lib/") and layer in PURE_LAYERS and IMPURE.search(line):
            report.add(path, number, f"{layer} gets time and bytes as arguments: no I/O, threads "
                                     "or clock")
        if path.startswith("lib/") and layer in PURE_LAYERS and GLOBAL_LOG.search(line):
            report.add(path, number, f"{layer} logs to what it is given, not to the process's log")


def check_text(path, lines, _, report):
    """Characters that nobody sees and paths that nobody else has."""
    is_table = False
    for number, line in enumerate(lines, 1):
        if "// clang-format o" in line:
            is_table = line.strip() == "// clang-format off"
        if "\t" in line:
            report.add(path, number, "tab")
        if line != line.rstrip():
            report.add(path, number, "blank at the end of the line")
        if MACHINE_PATH.search(line) and not path.startswith("tests/tidy/"):
            report.add(path, number, "path of one machine")
        if TODO.search(line) and not path.startswith("tests/tidy/"):
            report.add(path, number, "TODO without an issue; write TODO(#123)")
        if (len(line) > LINE_COLUMNS_MAX and not is_table
                and path.endswith(CODE_SUFFIXES + (".py", ".js", ".mjs"))):
            report.add(path, number, f"{len(line)} columns; at most {LINE_COLUMNS_MAX}")


def check_unit_tests(root, paths, report):
    """lib/<layer>/<unit>.cpp is tested by tests/unit/<layer>/<unit>[_part]_test.cpp."""
    for path in paths:
        if not (path.startswith("lib/") and path.endswith(".cpp")):
            continue
        unit = path.removeprefix("lib/").removesuffix(".cpp")
        names = (f"tests/unit/{unit}_test.cpp", f"tests/unit/{unit}_*_test.cpp")
        own = any(True for name in names for _ in root.glob(name))
        listed = path in TESTED_BY or path in UNTESTED
        if own and listed:
            report.add(path, 1, "has a test of its own; take it off the list in tidy.py")
        elif not own and not listed:
            report.add(path, 1, f"has no tests/unit/{unit}_test.cpp; write it, or list in tidy.py "
                                "what tests it")
        elif path in TESTED_BY and not (root / TESTED_BY[path]).exists():
            report.add(path, 1, f"is tested by {TESTED_BY[path]}, which does not exist")


def check_evidence(root, report):
    """Each numbered row of the guide has tests in its last table, and these exist."""
    path = Path(GUIDE)
    if not (root / path).exists():
        return
    tests = {".".join(name) for file in root.glob("tests/**/*_test.cpp")
             for name in TEST.findall(file.read_text(encoding="utf-8"))}
    said, tested = {}, set()
    is_evidence = False
    for number, line in enumerate((root / path).read_text(encoding="utf-8").split("\n"), 1):
        is_evidence = is_evidence or line.startswith("| row | tested by |")
        row = ROW.match(line)
        if row and is_evidence:
            names = TEST_NAME.findall(line)
            tested.update([row[1]] if names else [])
            for name in set(names) - tests:
                report.add(path, number, f"there is no test {name}")
        elif row:
            said[row[1]] = number
    for row in said.keys() - tested:
        report.add(path, said[row], f"row {row} has no test in the last table")
    for row in tested - said.keys():
        report.add(path, 1, f"a test is named for row {row}, which does not exist")


def check_format(root, paths, report):
    """clang-format's opinion, where its version 14 is installed."""
    program = shutil.which("clang-format-14")
    if program is None:
        print("tidy: clang-format-14 is not installed: format not checked", file=sys.stderr)
        return
    run = subprocess.run([program, "--dry-run", "-Werror", *paths], cwd=root, text=True,
                         stderr=subprocess.PIPE, check=False)
    seen = set()
    for path, line in re.findall(r"^(\S+?):(\d+):\d+: error:", run.stderr, re.MULTILINE):
        if path not in seen:
            seen.add(path)
            report.add(path, line, "not as clang-format-14 formats it")


def text_files(root):
    for folder, names, files in os.walk(root):
        names[:] = sorted(n for n in names if n not in SKIPPED_FOLDERS)
        for name in sorted(files):
            path = os.path.relpath(os.path.join(folder, name), root)
            if path.endswith(TEXT_SUFFIXES) and not path.startswith(FOREIGN):
                yield path


def tidy(root, with_format):
    report = Report()
    allowed = layers(root)
    tree = {"root": root, "layers": allowed, "programs": programs(root, allowed),
            "commands": command_names(root, report)}
    code_paths, all_paths, headers = [], list(text_files(root)), {}
    for path in all_paths:
        text = (root / path).read_text(encoding="utf-8", errors="replace")
        lines = text.split("\n")
        if lines[-1] == "":
            lines.pop()
        check_text(path, lines, tree, report)
        if path.endswith(PAGE_SUFFIXES):
            check_size(path, lines, tree, report)
        if not path.endswith(CODE_SUFFIXES) or not path.startswith(CODE_FOLDERS):
            continue
        check_top(path, lines, tree, report)
        code = without_comments_and_strings("\n".join(lines)).split("\n")
        for check in (check_layers, check_fences, check_size, check_functions, check_banned):
            check(path, code, tree, report)
        check_command_names(path, text, tree, report)
        if path.endswith((".h", ".cpp")):
            code_paths.append(path)
        if path.endswith(".h") and path.startswith(("lib/", "cmd/")):
            headers[path] = "\n".join(code)
    check_glossary(root, headers, report)
    check_unit_tests(root, code_paths, report)
    check_evidence(root, report)
    check_adding(root, all_paths, report)
    if with_format:
        check_format(root, code_paths, report)
    return report.lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--no-format", action="store_true", help="do not run clang-format")
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).parents[2])
    arguments = parser.parse_args()
    violations = tidy(arguments.root.resolve(), not arguments.no_format)
    for line in violations:
        print(line)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
