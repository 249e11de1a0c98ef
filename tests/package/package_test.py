#!/usr/bin/env python3
"""Debian's package, installed under a systemd of its own beside Debian's nutcracker.

    tests/package/package_test.py FOLDER      with what tests/package/run has put there
"""

import os
import re
import sys
import time
import unittest
from pathlib import Path

from machine import Machine, ask, until

KEPT = Path(sys.argv.pop(1))
PACKAGE = next(KEPT.glob("ringside_*.deb"))
NUTCRACKER = next((KEPT / "base/root").glob("nutcracker_*.deb")).name
POOL = ("127.0.0.1", 22121)  # of the configuration that is installed
SET = b"set greeting 0 60 5\r\nhello\r\n"
GET = b"get greeting\r\n"
HELLO = b"VALUE greeting 0 5\r\nhello\r\nEND\r\n"
NUTCRACKER_YML = """alpha:
  listen: 127.0.0.1:22131
  hash: fnv1a_64
  distribution: ketama
  servers:
   - 127.0.0.1:11211:1
"""


class PackageTest(unittest.TestCase):
    def setUp(self):
        self.machine = Machine(KEPT / "base", KEPT / "machine")
        self.addCleanup(self.machine.stop)
        self.machine.path(f"/root/{PACKAGE.name}").write_bytes(PACKAGE.read_bytes())

    def install(self, package=PACKAGE.name):
        # As apt would, without asking about files that somebody has changed.
        self.machine.run("dpkg", "--force-confold", "--install", f"/root/{package}")

    def write(self, inside, text):
        path = self.machine.path(inside)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def pool(self, name, listen, port=11211):
        return f"{name}: {{listen: {listen}, servers: [127.0.0.1:{port}:1]}}\n"

    def status(self, unit="ringside"):
        return self.machine.show(unit, "StatusText")

    def main_pid(self, unit="ringside"):
        return int(self.machine.show(unit, "MainPID"))

    def answers(self, address):
        try:
            return ask(address, GET, b"END\r\n").endswith(b"END\r\n")
        except OSError:
            return False

    # --- the service ---

    def test_is_installed_without_being_started_and_works_as_it_is(self):
        self.install()
        machine = self.machine
        self.assertEqual(machine.show("ringside", "UnitFileState"), "disabled")
        self.assertEqual(machine.show("ringside", "ActiveState"), "inactive")

        machine.run("systemctl", "start", "ringside")  # returns when it is ready

        self.assertEqual(ask(POOL, SET, b"STORED\r\n"), b"STORED\r\n")
        self.assertEqual(ask(("127.0.0.1", 11211), GET, b"END\r\n"), HELLO)
        self.assertEqual(self.status(), "1 pool, all is well")
        self.assertIn("cache", machine.run("ringctl", "status"))
        machine.run("ringside", "healthcheck", "--ready")
        self.assertIn("ringside 0.", machine.run("ringside", "--version"))

    def test_runs_without_rights(self):
        self.install()
        self.machine.run("systemctl", "start", "ringside")

        process = self.machine.path(f"/proc/{self.main_pid()}")
        status = (process / "status").read_text()
        self.assertNotRegex(status, r"\nUid:\t0\t")
        self.assertRegex(status, r"\nCapEff:\t0+\n")
        self.assertRegex(status, r"\nCapBnd:\t0+\n")
        self.assertRegex(status, r"\nNoNewPrivs:\t1\n")
        self.assertRegex(status, r"\nSeccomp:\t2\n")
        # As many as the unit says, where the machine may set limits; and all that it may have.
        limits = re.search(r"Max open files +(\d+) +(\d+)", (process / "limits").read_text())
        self.assertEqual(limits[1], limits[2])
        self.assertGreater(int(limits[1]), 1024)

    def test_a_reload_is_done_and_a_wrong_one_is_shown(self):
        self.install()
        machine = self.machine
        machine.run("systemctl", "start", "ringside")
        # The folder is not watched for this test's changes: only the signal loads them.
        configuration = "ringside: {watch_config: false}\n"
        self.write("/etc/ringside/ringside.yml", configuration
                   + self.pool("cache", "127.0.0.1:22141"))
        machine.run("systemctl", "reload", "ringside")
        until("the new port", lambda: self.answers(("127.0.0.1", 22141)))
        pid = self.main_pid()

        self.write("/etc/ringside/ringside.yml", configuration + "cache: {listen: nowhere}\n")
        machine.run("systemctl", "reload", "ringside")

        until("the reason", lambda: "cache.listen" in self.status())
        self.assertIn("configuration not loaded", self.status())
        self.assertEqual(machine.show("ringside", "ActiveState"), "active")
        self.assertTrue(self.answers(("127.0.0.1", 22141)))
        self.assertEqual(self.main_pid(), pid)

    def test_ends_after_its_drain_without_a_failure(self):
        self.install()
        machine = self.machine
        # A drain that is longer than the unit lets it: the time is asked for.
        self.write("/etc/systemd/system/ringside.service.d/short.conf",
                   "[Service]\nTimeoutStopSec=1s\n")
        self.write("/etc/ringside/ringside.yml", "ringside: {drain: {grace: 3s}}\n"
                   + self.pool("cache", "127.0.0.1:22121"))
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "start", "ringside")

        begin = time.monotonic()
        machine.run("systemctl", "stop", "ringside")

        self.assertGreater(time.monotonic() - begin, 2.5)
        self.assertEqual(machine.show("ringside", "Result"), "success")
        self.assertFalse(machine.path("/run/ringside").exists())

    def test_comes_back_when_it_dies_or_hangs(self):
        self.install()
        machine = self.machine
        self.write("/etc/systemd/system/ringside.service.d/soon.conf",
                   "[Service]\nRestartSec=100ms\nWatchdogSec=2s\n")
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "start", "ringside")
        for name, what in (("KILL", "killed"), ("STOP", "watchdog")):
            pid = self.main_pid()
            machine.run("systemctl", "kill", f"--signal={name}", "--kill-who=main", "ringside")
            until(f"another process ({what})", lambda pid=pid: self.main_pid() not in (0, pid))
            until("that it answers", lambda: self.answers(POOL))
        self.assertIn("Watchdog timeout",
                      machine.run("journalctl", "--no-pager", "-u", "ringside"))

    def test_a_wrong_configuration_is_a_failed_start_with_a_reason(self):
        self.install()
        self.write("/etc/ringside/ringside.yml", "cache: {listen: nowhere}\n")

        started = self.machine.try_run("systemctl", "start", "ringside")

        self.assertNotEqual(started.returncode, 0)
        self.assertIn("ringside.yml:1:17: cache.listen",
                      self.machine.run("journalctl", "--no-pager", "-u", "ringside"))

    def test_pools_that_have_no_nodes_yet_do_not_hold_up_the_machine(self):
        self.install()
        self.write("/etc/ringside/ringside.yml",
                   "cache: {listen: '127.0.0.1:22121', "
                   "discovery: {elasticache: {endpoint: '127.0.0.1:1'}}}\n")

        begin = time.monotonic()
        self.machine.run("systemctl", "start", "ringside")

        self.assertGreater(time.monotonic() - begin, 5)
        self.assertLess(time.monotonic() - begin, 60)
        self.assertIn("not ready: ", self.status())

    def test_several_instances_and_sockets_for_others(self):
        self.install()
        machine = self.machine
        for name in ("one", "two"):
            self.write(f"/etc/ringside/{name}.yml",
                       f"ringside: {{admin: /run/ringside-{name}/admin.sock, stats: off, "
                       f"state_dir: /var/lib/ringside/{name}}}\n"
                       + self.pool(name, f"/run/ringside-{name}/pool.sock 0666"))
        machine.run("systemctl", "start", "ringside", "ringside@one", "ringside@two")

        for name in ("one", "two"):
            sock = f"/run/ringside-{name}/pool.sock"
            answer = machine.run(
                "perl", "-MIO::Socket::UNIX", "-e",
                f'$s = IO::Socket::UNIX->new("{sock}") or die $!; print $s "version\\r\\n"; '
                "print scalar <$s>", user="65534")  # nobody
            self.assertIn("VERSION", answer)
            self.assertTrue(machine.path(f"/var/lib/ringside/{name}").is_dir())
        machine.run("systemctl", "stop", "ringside@one")
        self.assertFalse(machine.path("/run/ringside-one").exists())
        self.assertTrue(machine.path("/run/ringside-two/pool.sock").exists())
        self.assertTrue(machine.path("/run/ringside").exists())

    def test_a_low_port_takes_a_capability(self):
        self.install()
        self.write("/etc/ringside/ringside.yml", self.pool("cache", "127.0.0.1:121"))
        self.assertNotEqual(self.machine.try_run("systemctl", "start", "ringside").returncode, 0)

        self.write("/etc/systemd/system/ringside.service.d/port.conf",
                   "[Service]\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n"
                   "CapabilityBoundingSet=CAP_NET_BIND_SERVICE\n")
        self.machine.run("systemctl", "daemon-reload")
        self.machine.run("systemctl", "restart", "ringside")

        self.assertTrue(self.answers(("127.0.0.1", 121)))

    def test_logs_are_rotated(self):
        self.install()
        machine = self.machine
        self.write("/etc/default/ringside", "RINGSIDE_OUTPUT=/var/log/ringside/ringside.log\n")
        machine.run("systemctl", "start", "ringside")
        log = machine.path("/var/log/ringside/ringside.log")
        self.assertIn("serving with", log.read_text())

        machine.run("logrotate", "--force", "/etc/logrotate.d/ringside")

        until("the new log", lambda: log.exists() and "SIGHUP" in log.read_text())
        self.assertIn("serving with", log.with_name("ringside.log.1").read_text())
        self.assertEqual(log.stat().st_mode & 0o777, 0o640)

    # --- the place of nutcracker ---

    def version(self):
        return self.machine.run("/usr/sbin/nutcracker", "--version")

    def serve_by_nutcracker(self):
        """The program in the process of Debian's own service."""
        self.machine.run("systemctl", "restart", "nutcracker")
        until("nutcracker's port", lambda: self.answers(("127.0.0.1", 22131)))
        return os.readlink(self.machine.path(f"/proc/{self.main_pid('nutcracker')}/exe"))

    def test_takes_the_place_of_nutcracker_and_gives_it_back(self):
        machine = self.machine
        self.write("/etc/nutcracker/nutcracker.yml", NUTCRACKER_YML)
        self.install(NUTCRACKER)
        original = machine.path("/usr/sbin/nutcracker").read_bytes()
        self.assertTrue(self.serve_by_nutcracker().endswith("/nutcracker"))
        self.assertEqual(ask(("127.0.0.1", 22131), SET, b"STORED\r\n"), b"STORED\r\n")

        self.install()
        self.assertNotIn("ringside", self.version())
        self.assertTrue(self.serve_by_nutcracker().endswith("/nutcracker.twemproxy"))

        machine.run("update-alternatives", "--set", "nutcracker", "/usr/bin/ringside")
        self.assertIn("ringside", self.version())
        self.assertTrue(self.serve_by_nutcracker().endswith("/ringside"))
        self.assertEqual(ask(("127.0.0.1", 22131), GET, b"END\r\n"), HELLO)
        self.assertIn("serving with",
                      machine.path("/var/log/nutcracker/nutcracker.log").read_text())
        self.install(NUTCRACKER)  # an update of it changes nothing
        self.assertIn("ringside", self.version())

        machine.run("update-alternatives", "--auto", "nutcracker")
        self.assertNotIn("ringside", self.version())
        self.assertTrue(self.serve_by_nutcracker().endswith("/nutcracker.twemproxy"))
        self.assertEqual(ask(("127.0.0.1", 22131), GET, b"END\r\n"), HELLO)

        machine.run("update-alternatives", "--set", "nutcracker", "/usr/bin/ringside")
        machine.run("dpkg", "--remove", "ringside")
        place = machine.path("/usr/sbin/nutcracker")
        self.assertFalse(place.is_symlink())
        self.assertEqual(place.read_bytes(), original)
        self.assertEqual(machine.run("dpkg", "--verify", "nutcracker"), "")
        self.assertTrue(self.serve_by_nutcracker().endswith("/nutcracker"))

    def test_nutcrackers_service_can_be_taught_to_reload(self):
        machine = self.machine
        self.write("/etc/nutcracker/nutcracker.yml", NUTCRACKER_YML)
        self.install(NUTCRACKER)
        self.install()
        machine.run("update-alternatives", "--set", "nutcracker", "/usr/bin/ringside")
        self.write("/etc/systemd/system/nutcracker.service.d/reload.conf",
                   '[Service]\nType=notify\nExecReload=/bin/sh -c "kill -HUP $MAINPID"\n')
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "restart", "nutcracker")
        log = machine.path("/var/log/nutcracker/nutcracker.log")
        log.rename(log.with_name("nutcracker.log.1"))

        machine.run("systemctl", "reload", "nutcracker")

        until("the new log", lambda: log.exists() and "SIGHUP" in log.read_text())
        self.assertEqual(self.status("nutcracker"), "1 pool, all is well")

    def test_has_the_place_alone_until_nutcracker_comes(self):
        machine = self.machine
        self.install()
        self.assertIn("ringside", self.version())

        self.install(NUTCRACKER)
        self.assertNotIn("ringside", self.version())

        machine.run("dpkg", "--purge", "nutcracker")
        self.assertIn("ringside", self.version())
        self.assertNotIn("twemproxy", machine.run("update-alternatives", "--list", "nutcracker"))

    # --- upgrade and removal ---

    def test_an_upgrade_keeps_the_configuration_and_starts_what_ran(self):
        self.install()
        machine = self.machine
        text = self.pool("mine", "127.0.0.1:22121")
        self.write("/etc/ringside/ringside.yml", text)
        machine.run("systemctl", "start", "ringside")
        pid = self.main_pid()

        self.install()

        self.assertNotIn(self.main_pid(), (0, pid))
        self.assertTrue(self.answers(POOL))
        self.assertEqual(machine.path("/etc/ringside/ringside.yml").read_text(), text)

    def test_an_upgrade_starts_nothing_that_did_not_run(self):
        self.install()
        self.install()

        self.assertEqual(self.machine.show("ringside", "ActiveState"), "inactive")

    def test_nothing_is_left_after_a_purge(self):
        before = self.machine.files()
        self.install()
        machine = self.machine
        machine.run("systemctl", "enable", "--now", "ringside")
        added = machine.files() - before
        for path in ("/usr/bin/ringside", "/var/lib/ringside", "/etc/alternatives/nutcracker",
                     "/etc/systemd/system/multi-user.target.wants/ringside.service"):
            self.assertIn(path, added)
        machine.run("dpkg", "--remove", "ringside")
        self.assertTrue(machine.path("/etc/ringside/ringside.yml").exists())

        machine.run("dpkg", "--purge", "ringside")

        self.assertEqual(sorted(machine.files() - before), [])
        self.assertEqual(sorted(before - machine.files()), [])
        self.assertNotIn("ringside", machine.path("/etc/passwd").read_text())
        self.assertEqual(machine.run("dpkg-divert", "--list", "*nutcracker*"), "")

    # --- what comes with it ---

    def test_pages_and_completions_are_where_they_are_looked_for(self):
        self.install()
        listed = self.machine.run("dpkg", "--listfiles", "ringside").split()
        for path in ("/usr/share/man/man1/ringside.1.gz", "/usr/share/man/man1/ringctl.1.gz",
                     "/usr/share/man/man5/ringside.yml.5.gz",
                     "/usr/share/bash-completion/completions/ringctl",
                     "/usr/share/zsh/vendor-completions/_ringctl",
                     "/usr/share/fish/vendor_completions.d/ringctl.fish"):
            self.assertIn(path, listed)
            self.assertGreater(self.machine.path(path).stat().st_size, 200)
        self.assertRegex(self.machine.path("/usr/share/bash-completion/completions/ringctl")
                         .read_text(), re.compile(r"^complete .*ringctl", re.MULTILINE))


if __name__ == "__main__":
    unittest.main(verbosity=2)
