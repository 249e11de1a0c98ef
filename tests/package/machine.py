"""A Debian with systemd, in namespaces of its own: processes, mounts, control groups."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PATIENCE = 30  # seconds; reached only by a test that fails


def until(what, condition, patience=PATIENCE):
    """The first value of `condition` that counts as true."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.05)


def ask(address, request, end):
    """What a server answers, up to `end`. The network is that of the test and of the machine."""
    family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
    with socket.socket(family) as client:
        client.settimeout(PATIENCE)
        client.connect(address)
        client.sendall(request)
        answer = b""
        while not answer.endswith(end):
            block = client.recv(65536)
            if not block:
                break
            answer += block
        return answer


class Machine:
    """Runs from the start to stop(), on what `base` has; what it changes is in `folder`, and gone
    with it."""

    def __init__(self, base, folder):
        self.folder = Path(folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("root", "upper", "work"):
            (self.folder / name).mkdir(parents=True)
        self.group = Path(self._unified(), f"ringside-package-{os.getpid()}")
        self.group.mkdir(exist_ok=True)
        with self.folder.with_suffix(".log").open("w") as log:
            self.starter = self._start(base, log)
        self.init = None
        try:
            self.init = until("systemd", self._find_init)
            until("that systemd has started everything", self._has_started)
        except BaseException:
            self.stop()
            raise

    def _start(self, base, log):
        return subprocess.Popen(
            ["sh", "-c", 'echo $$ >"$1"/cgroup.procs && shift && exec "$@"', "sh", self.group,
             "unshare", "--mount", "--pid", "--ipc", "--uts", "--cgroup", "--fork",
             HERE / "boot", base, self.folder],
            stderr=log)

    @staticmethod
    def _unified():
        for line in Path("/proc/self/mounts").read_text().splitlines():
            place, kind = line.split()[1:3]
            if kind == "cgroup2":
                return place
        raise AssertionError("this machine has no unified hierarchy of control groups")

    def _find_init(self):
        if self.starter.poll() is not None:
            raise AssertionError(f"the machine has not started: {self.starter.returncode}")
        children = Path(f"/proc/{self.starter.pid}/task/{self.starter.pid}/children").read_text()
        pid = children.split()[0] if children.split() else None
        return pid and Path(f"/proc/{pid}/comm").read_text().strip() == "systemd" and int(pid)

    def _has_started(self):
        state = self.try_run("systemctl", "is-system-running").stdout.strip()
        return state in ("running", "degraded")

    def stop(self):
        if self.init is not None:
            os.kill(self.init, signal.SIGKILL)  # and with it all others
        else:
            self.starter.kill()
        self.starter.wait()
        for folder, _, _ in os.walk(self.group, topdown=False):
            until("the end of its processes", lambda folder=folder: self._remove_group(folder))
        shutil.rmtree(self.folder)

    @staticmethod
    def _remove_group(folder):
        try:
            os.rmdir(folder)
        except OSError:
            return False
        return True

    def try_run(self, *command, user=None):
        enter = ["nsenter", "--target", str(self.init), "--mount", "--pid", "--ipc", "--uts",
                 "--cgroup", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                 "DEBIAN_FRONTEND=noninteractive"]
        if user:
            enter += ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        return subprocess.run(
            [*enter, *command],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)

    def run(self, *command, user=None):
        done = self.try_run(*command, user=user)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}"
                                 + self.try_run("journalctl", "--no-pager", "-n", "40").stdout)
        return done.stdout

    def path(self, inside):
        """Of a file of the machine, for this process."""
        return Path(f"/proc/{self.init}/root", inside.lstrip("/"))

    def show(self, unit, name):
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).strip()

    def files(self):
        """All paths outside of what belongs to dpkg, apt and the journal."""
        other = re.compile(r"^/(proc|sys|dev|run|tmp|root|var/(lib/(dpkg|apt|systemd)|cache|log/"
                           r"(journal|apt|dpkg|alternatives|wtmp|lastlog|faillog|btmp)))\b|^/etc/"
                           r"(passwd|group|g?shadow|subuid|subgid)-$|^/var/log/dpkg.log")
        found = set()
        root = self.path("/")
        for folder, folders, names in os.walk(root):
            inside = "/" + folder[len(str(root)):].strip("/")
            for name in folders + names:
                found.add(os.path.join(inside, name))
            folders[:] = [name for name in folders if not other.match(os.path.join(inside, name))]
        return {path for path in found if not other.match(path)}
