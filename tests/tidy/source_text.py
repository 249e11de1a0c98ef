"""C++ and its comments and literals, without knowing more of the language."""

import re

TOKEN = re.compile(r'(?P<raw>R"(?P<mark>[^()\\ ]{0,16})\((?P<raw_text>.*?)\)(?P=mark)")|'
                   r'"(?P<text>(?:\\.|[^"\\\n])*)"|'
                   r"(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'|"
                   r'(?P<comment>//[^\n]*|/\*.*?\*/)', re.DOTALL)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def is_include(match):
    line = match.string[:match.start()].rpartition("\n")[2]
    return match.group(0).startswith('"') and line.lstrip().startswith("#include")


def without_comments_and_strings(text):
    """The same lines and columns, with what the compiler does not read as code blanked."""
    return TOKEN.sub(lambda match: match.group(0) if is_include(match) else blank(match), text)


def without_comments(text):
    """The same lines and columns, with comments blanked."""
    return TOKEN.sub(lambda match: blank(match) if match["comment"] else match.group(0), text)


def string_literals(text):
    """(line, what stands between the quotes) of each literal, the adjacent ones one by one."""
    for match in TOKEN.finditer(text):
        literal = match["text"] if match["raw"] is None else match["raw_text"]
        if literal is not None and not is_include(match):
            yield text.count("\n", 0, match.start()) + 1, literal
