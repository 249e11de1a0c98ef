#!/usr/bin/env python3
"""Proves that a row of a table does not compile if a column is left out.

usage: left_out.py SNIPPET COMPILER FLAG...

A snippet is a C++ file that fills each structure of a table once, with one designated column a
line. It must compile as it is, and have all columns. Then each is left out in turn: the compiler
must name just that one in an error. So a default member initialiser, or a flag that is gone, makes
this fail.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

STRUCTURE = re.compile(r"constexpr .* (\w+)\{$")
COLUMN = re.compile(r"\s+\.(\w+) = .*,$")
ERROR = re.compile(r"^<stdin>:(\d+):\d+: error: (.*)$", re.MULTILINE)
MISSING = re.compile(r"missing initializer for member \W*(?:\w+::)*(\w+)")


def split(lines):
    """What is included, and the rest, which can stand in many namespaces."""
    includes = max(i for i, line in enumerate(lines) if line.startswith("#include")) + 1
    return lines[:includes], lines[includes:]


def with_each_left_out(lines):
    """One text with a copy of the snippet for each of its columns, without it; and for each line of
    the text the number of its copy. One run of the compiler instead of many."""
    includes, body = split(lines)
    text, columns, copy_of = list(includes), [], [None] * len(includes)
    for i, line in enumerate(body):
        found = COLUMN.match(line)
        if found:
            copy = [f"namespace left_out_{len(columns)} {{", *body[:i], *body[i + 1:], "}"]
            text += copy
            copy_of += [len(columns)] * len(copy)
            columns.append(found[1])
    return text, columns, copy_of


def bindings(lines):
    """Declarations that compile only if each structure has as many members as columns here."""
    columns = {}
    for line in lines:
        if found := STRUCTURE.match(line):
            columns[found[1]] = name = []
        elif found := COLUMN.match(line):
            name.append(found[1])
    return [f"const auto& [{', '.join(f'{name}_{each}' for each in names)}] = {name};"
            for name, names in columns.items()]


def compile_text(command, text):
    return subprocess.run([*command, "-fsyntax-only", "-x", "c++", "-"],
                          input="\n".join(text) + "\n", capture_output=True, text=True,
                          env=os.environ | {"LC_ALL": "C"}, check=False)


def problems(snippet, command):
    lines = Path(snippet).read_text(encoding="utf-8").splitlines()
    for text, what in ((lines, "does not compile as it is"),
                       (lines + bindings(lines), "lacks a column of a structure")):
        whole = compile_text(command, text)
        if whole.returncode != 0:
            return [f"{what}:\n{whole.stderr}"]
    text, columns, copy_of = with_each_left_out(lines)
    if not columns:
        return ["has no columns"]
    missing = [set() for _ in columns]
    others = []
    for line, message in ERROR.findall(compile_text(command, text).stderr):
        found = MISSING.match(message)
        copy = copy_of[int(line) - 1]
        if found and copy is not None:
            missing[copy].add(found[1])
        else:
            others.append(f"another error: {message}")
    return others + [f".{column} can be left out: the compiler misses {sorted(found)}"
                     for column, found in zip(columns, missing) if found != {column}]


def main():
    found = problems(sys.argv[1], sys.argv[2:])
    for each in found:
        print(f"{sys.argv[1]}: {each}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
