#!/usr/bin/env python3
"""The files of Debian's package: manual pages, units, configuration, scripts.

    tests/package/files_test.py BUILD_DIR
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUILD = Path(sys.argv.pop(1))
PROGRAMS = Path(os.environ.get("RINGSIDE_PROGRAMS", BUILD / "bin"))
DEBIAN = Path(__file__).resolve().parents[2] / "deploy/debian"
UNITS = ("ringside.service", "ringside@.service")
PAGES = (("ringside", "man"), ("ringside", "man-config"), ("ringctl", "man"))

# Of 10; systemd calls what is below 2 "OK". The network and unix sockets are what it is for.
EXPOSURE_MAX = 1.6


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **options)
    return done.returncode, done.stdout


def page(program, topic):
    code, text = run(PROGRAMS / program, f"--print-docs={topic}")
    assert code == 0, text
    return text


class Pages(unittest.TestCase):
    def test_are_good_to_mandoc_and_groff(self):
        for program, topic in PAGES:
            with self.subTest(program=program, topic=topic):
                text = page(program, topic)
                code, complaints = run("mandoc", "-T", "lint", "-W", "warning", input=text)
                # They are those of a version, not of a day.
                complaints = re.sub(r".*missing date.*\n", "", complaints)
                self.assertEqual(complaints, "", code)
                self.assertEqual(run("groff", "-ww", "-man", "-Tutf8", "-z", input=text), (0, ""))

    def test_name_every_option(self):
        for program in ("ringside", "ringctl"):
            _, listed = run(PROGRAMS / program, "--help")
            options = set(re.findall(r"--[a-z][a-z-]+", listed))
            self.assertGreater(len(options), 5)
            plain = page(program, "man").replace("\\-", "-")
            self.assertEqual({name for name in options if name not in plain}, set())

    def test_look_like_text(self):
        for program, topic in PAGES:
            _, text = run("mandoc", "-T", "utf8", input=page(program, topic))
            plain = re.sub(r".\x08", "", text)
            self.assertIn("NAME", plain)
            self.assertNotRegex(plain, r"`|\]\(|\\")


class Units(unittest.TestCase):
    def setUp(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not installed")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.files = []
        for unit in UNITS:
            text = (BUILD / "deploy/debian" / unit).read_text()
            self.assertNotRegex(text, r"@[a-z]+@")
            # Where the program is when it is installed it need not be here.
            text = text.replace("ExecStart=/usr/bin/ringside", "ExecStart=/bin/true")
            self.files.append(Path(folder.name, unit.replace("@.", "@one.")))
            self.files[-1].write_text(text)

    def test_are_understood_by_systemd(self):
        for file in self.files:
            self.assertEqual(run("systemd-analyze", "verify", "--man=no", file), (0, ""))

    def test_expose_little(self):
        for file in self.files:
            code, text = run("systemd-analyze", "security", "--offline=true",
                             f"--threshold={int(EXPOSURE_MAX * 10)}", file)
            self.assertEqual(code, 0, text)


class Files(unittest.TestCase):
    def test_the_configuration_is_right(self):
        code, text = run(PROGRAMS / "ringside", "--test-conf", "--conf-file",
                         DEBIAN / "ringside.yml")
        self.assertEqual(code, 0, text)

    def test_scripts_are_understood_by_the_shell(self):
        for name in ("postinst", "prerm", "postrm"):
            self.assertEqual(run("sh", "-n", DEBIAN / name), (0, ""))

    def test_what_is_under_etc_is_a_conffile(self):
        listed = (DEBIAN / "conffiles").read_text().split()
        rules = (DEBIAN / "CMakeLists.txt").read_text()
        self.assertEqual(len(listed), len(re.findall(r"\betc/", rules)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
