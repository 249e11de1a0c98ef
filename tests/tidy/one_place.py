"""What is known about a thing stands in its row: nothing else in the tree may know it too."""

import re
from pathlib import Path

from source_text import string_literals, without_comments, without_comments_and_strings

# Generated from the tables of commands, and a test holds it to them: | `get` | ... |
COMMANDS = "docs/COMMANDS.md"
COMMAND = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
COMMAND_ENUM = re.compile(r"\b(?:Memcache|Redis)Command\b")
# The core takes what it has to know of a command from its row.
COMMANDLESS = "lib/proxy/"

# The table of what one touches to add a thing.
CONTRIBUTING = "docs/CONTRIBUTING.md"
ADDING = "## Adding things"
ADDING_HEAD = "| what | for example | the row | besides |"
# The kinds of things that must have an example there.
SAMPLED = ("a memcached command", "a Redis command", "a counter", "a key of a pool", "a limit",
           "an option of `ringctl`")
# Where an example must not be found, except in files that its line names.
SEARCHED = ("lib/", "cmd/", "docs/")
# Texts that may speak of anything.
PROSE = (CONTRIBUTING, "docs/decisions/")
CODE_SPAN = re.compile(r"`([^`]+)`")
PATH = re.compile(r"\b(?:lib|cmd|docs|tests)/[\w./*-]+")


def command_names(root, report):
    """The names of all commands, from the document that is generated from their rows."""
    if not (root / COMMANDS).exists():
        return []
    names = COMMAND.findall((root / COMMANDS).read_text(encoding="utf-8"))
    if not any(name.islower() for name in names) or not any(name.isupper() for name in names):
        report.add(COMMANDS, 1, "no rows `| `name` | ...` of both protocols: tidy knows no command")
    return names


def check_command_names(path, text, tree, report):
    """The core is the same for all commands: it names none."""
    names = tree["commands"]
    if not path.startswith(COMMANDLESS) or not names:
        return
    whole = {name.lower() for name in names}
    # The names of Redis; those of memcached are everyday words and count as whole literals only.
    shouted = sorted((name for name in names if name.isupper()), key=len, reverse=True)
    word = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, shouted)) + r")(?!\w)")
    for number, literal in string_literals(text):
        found = word.search(literal)
        name = found[0] if found else literal.strip() if literal.strip().lower() in whole else None
        if name:
            report.add(path, number, f'"{name}" is the name of a command: what is particular about '
                                     "it belongs into its row")
    for number, line in enumerate(without_comments_and_strings(text).split("\n"), 1):
        if COMMAND_ENUM.search(line):
            report.add(path, number, "the core tells no command from another: what is particular "
                                     "about one belongs into its row")


def adding_rows(text):
    """(line, what, example, paths) of each row of the table."""
    is_table = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("|") and is_table and not line.startswith("|---"):
            what, example, *files = [cell.strip() for cell in line.strip("|").split("|")]
            paths = [path for span in CODE_SPAN.findall(" ".join(files))
                     for path in PATH.findall(span)]
            yield number, what, example.strip("`"), paths
        is_table = (is_table or line == ADDING_HEAD) and line.startswith("|")


def files_of(root, path):
    """The files that a path of the table names: of a folder, of a pattern, or the one."""
    if path.endswith("/"):
        return [file for file in (root / path).rglob("*") if file.is_file()]
    return [file for file in root.glob(path) if file.is_file()]


def knows(file, example):
    text = file.read_text(encoding="utf-8", errors="replace")
    if file.suffix in (".h", ".cpp", ".def"):
        text = without_comments(text)
    return re.search(rf"(?<!\w){re.escape(example)}(?!\w)", text) is not None


def check_adding(root, paths, report):
    """An example is found in the files that the table names for it, and in no others."""
    if not (root / CONTRIBUTING).exists():
        return
    rows = list(adding_rows((root / CONTRIBUTING).read_text(encoding="utf-8")))
    for kind in SAMPLED:
        if not any(what == kind and example for _, what, example, _ in rows):
            report.add(CONTRIBUTING, 1, f'"{ADDING}" has no row "{kind}" with an example')
    searched = [path for path in paths if path.startswith(SEARCHED) and not path.startswith(PROSE)]
    for number, what, example, named in rows:
        files = {path: files_of(root, path) for path in named}
        for path in named:
            if not files[path]:
                report.add(CONTRIBUTING, number, f"{path} does not exist")
            elif example and not any(knows(file, example) for file in files[path]):
                report.add(CONTRIBUTING, number, f"{path} knows nothing of {example}: {what} does "
                                                 "not need it")
        allowed = {str(file.relative_to(root)) for each in files.values() for file in each}
        for path in searched if example else ():
            if path not in allowed and knows(root / path, example):
                report.add(path, 1, f"knows {example}, but {CONTRIBUTING} does not name it for "
                                    f"{what}: what is known about one belongs into its row")
