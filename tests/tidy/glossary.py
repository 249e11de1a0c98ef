"""Each type of pools and nodes stands in the glossary: one thing, many views, a name for each."""

import re

GLOSSARY = "docs/ARCHITECTURE.md"
HEADING = "## Pools and nodes: a glossary"
NAMESPACE = re.compile(r"^namespace ringside::(\w+)", re.MULTILINE)
# A definition, not a declaration: "struct PoolView {", "class NodeBook", "using PoolId = ".
TYPE = re.compile(r"\b(?:struct|class) ((?:Pool|Node)(?:[A-Z]\w*)?)\s*(?:final\s*)?(?::|\{)|"
                  r"\busing ((?:Pool|Node)(?:[A-Z]\w*)?)\s*=")
SPAN = re.compile(r"`(?:(\w+)::)?(?:\w+::)*(\w+)`")


def types_of(code):
    """(line, "layer::Name") of each such type that a header without comments defines."""
    layer = NAMESPACE.search(code)
    for found in TYPE.finditer(code) if layer else ():
        yield code.count("\n", 0, found.start()) + 1, f"{layer[1]}::{found[1] or found[2]}"


def glossary_types(text):
    """{"layer::Name": line}; within a row a name without its layer has that of the one before."""
    named = {}
    is_glossary = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("## "):
            is_glossary = line == HEADING
        if not is_glossary or not line.startswith("| `"):
            continue
        layer = ""
        for span in SPAN.finditer(line.split("|")[1]):
            layer = span[1] or layer
            named.setdefault(f"{layer}::{span[2]}", number)
    return named


def check_glossary(root, codes, report):
    """`codes`: the headers of lib and cmd without their comments, by path."""
    if not (root / GLOSSARY).exists():
        return
    named = glossary_types((root / GLOSSARY).read_text(encoding="utf-8"))
    defined = set()
    for path, code in codes.items():
        for number, name in types_of(code):
            defined.add(name)
            if name not in named:
                report.add(path, number, f"{name} is not in the glossary of {GLOSSARY}: say there "
                                         "what it is, or use what is there already")
    for name, number in named.items():
        if re.match(r"\w+::(Pool|Node)", name) and name not in defined:
            report.add(GLOSSARY, number, f"no header defines {name}")
