"""What the measurements of whole proxies share: the scenarios, and what they run on.

A scenario is a load; a stage is the nodes that stand behind a proxy, and the way its clients come
in. Programs listen on free ports of loopback and end with what started them.
"""

import argparse
import contextlib
import dataclasses
import json
import math
import os
import pathlib
import random
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS = 20


@dataclasses.dataclass(frozen=True)
class Stage:
    """What stands behind and before the proxies; scenarios on the same stage share it."""

    protocol: str = "memcached"
    nodes: int = 2
    unix: bool = False  # clients connect to a unix socket


@dataclasses.dataclass(frozen=True)
class Scenario:
    """A load, and the ratio of CPU per request that it may have at most."""

    target: float
    stage: Stage = Stage()
    clients: int = 50
    pipeline: int = 1  # requests that a client sends at once
    multi_get: int = 1  # keys of one get
    value_bytes: int = 100
    get_ratio: float = 0.9
    keys: int = 10_000

    def options(self):
        flags = {
            "protocol": self.stage.protocol,
            "clients": self.clients,
            "pipeline": self.pipeline,
            "multi-get": self.multi_get,
            "value-bytes": self.value_bytes,
            "get-ratio": self.get_ratio,
            "keys": self.keys,
            "prefix": f"v{self.value_bytes}:",  # sizes do not share keys
        }
        return [word for flag, value in flags.items() for word in (f"--{flag}", str(value))]


REDIS = Stage("redis")
FOUR_REDIS = Stage("redis", nodes=4)
FOUR_MEMCACHED = Stage(nodes=4)

# Named after clients x pipeline where nothing else is special.
SCENARIOS = {
    "50x1": Scenario(0.75),
    "50x16": Scenario(0.42, pipeline=16),
    "1x1": Scenario(0.95, clients=1),
    "1000x1": Scenario(0.75, clients=1000),
    "unix-50x1": Scenario(0.75, Stage(unix=True)),
    "10KB": Scenario(0.75, value_bytes=10_000, keys=2_000),
    "500KB": Scenario(0.75, clients=10, value_bytes=500_000, keys=40),
    "get-20": Scenario(0.5, FOUR_MEMCACHED, multi_get=20, get_ratio=1),
    "redis-get": Scenario(0.75, REDIS, get_ratio=1),
    "redis-set": Scenario(0.75, REDIS, get_ratio=0),
    "redis-50x16": Scenario(0.5, REDIS, pipeline=16),
    "mget-20": Scenario(0.5, FOUR_REDIS, multi_get=20, get_ratio=1),
    "mget-100": Scenario(0.5, FOUR_REDIS, multi_get=100, get_ratio=1),
    "1x1000": Scenario(0.5, clients=1, pipeline=1_000),
    "1x10000": Scenario(0.5, clients=1, pipeline=10_000),
}


def by_stage(stages):
    """(stage, names of scenarios on it), in the order of `stages`: a stage by name of scenario."""
    groups = {}
    for name, stage in stages.items():
        groups.setdefault(stage, []).append(name)
    return groups.items()


class Failure(Exception):
    """Something that must work did not; its text is for the person who runs this."""


def free_port():
    """A port below the range of client ports, so that no connection takes it by chance."""
    for _ in range(200):
        port = random.randint(10_000, 19_999)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise Failure("no free port")


def connect(address):
    """A connection to "/path" or "host:port"."""
    if address.startswith("/"):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(10)
        client.connect(address)
        return client
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), 10)


class Server:
    """A program that listens on a port or a unix socket, from its construction to stop()."""

    def __init__(self, command, address, log_path, environment=None):
        self.address = address
        self.name = pathlib.Path(log_path).stem
        with open(log_path, "wb") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **(environment or {})},
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.accepts():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                output = pathlib.Path(log_path).read_text(errors="replace")
                raise Failure(f"{self.name} does not listen on {address}:\n{output}")
            time.sleep(0.01)

    def accepts(self):
        with contextlib.suppress(OSError), connect(self.address):
            return True
        return False

    def cpu_ns(self):
        """Time that all its threads have been on a CPU."""
        total = 0
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
        return total

    def rss_bytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise Failure(f"{self.name} has ended")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def find_program(name, package=None):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if path is None:
        raise Failure(f"{name} is not installed; on Debian: apt install {package or name}")
    return path


def executable(text):
    """For the command line: a program of ours, by its path."""
    path = pathlib.Path(text).resolve()
    if not path.is_file() or not os.access(path, os.X_OK):
        raise argparse.ArgumentTypeError(f"{text} is not a program")
    return path


def start_memcached(directory):
    port = free_port()
    command = [find_program("memcached"), "-l", "127.0.0.1", "-p", str(port), "-U", "0", "-t", "1"]
    command += ["-m", "512", "-c", "4096"]
    if os.geteuid() == 0:
        command += ["-u", "root"]  # else it refuses to run as root
    return Server(command, f"127.0.0.1:{port}", directory / f"memcached-{port}.log")


def start_redis(directory):
    port = free_port()
    command = [find_program("redis-server"), "--bind", "127.0.0.1", "--port", str(port)]
    command += ["--save", "", "--appendonly", "no", "--dir", str(directory)]
    return Server(command, f"127.0.0.1:{port}", directory / f"redis-{port}.log")


START_NODE = {"memcached": start_memcached, "redis": start_redis}


class Site:
    """A stage that stands: its nodes run, and proxies can be started in front of them."""

    def __init__(self, stage, directory, cleanup):
        directory.mkdir()
        self.stage = stage
        self.directory = directory
        self.cleanup = cleanup
        self.nodes = [
            self.keep(START_NODE[stage.protocol](directory)) for _ in range(stage.nodes)
        ]

    def keep(self, server):
        self.cleanup.callback(server.stop)
        return server

    def start_nutcracker(self, name="nutcracker"):
        address = self.new_address(name)
        config = self.write_config(name, self.pool_yaml(address))
        command = [find_program("nutcracker"), f"--conf-file={config}"]
        command += [f"--stats-port={free_port()}", "--stats-addr=127.0.0.1"]
        command += [f"--output={self.directory / name}.out"]
        command += [f"--pid-file={self.directory / name}.pid"]
        return self.keep(Server(command, address, self.directory / f"{name}.log"))

    def start_ringside(self, program, name="ringside", wrapper=(), settings=()):
        """With one worker; `wrapper` is the beginning of a command that runs it, `settings` are
        more lines of its pool.
        """
        address = self.new_address(name)
        process = "ringside:\n"
        process += f"  admin: 127.0.0.1:{free_port()}\n  stats: 127.0.0.1:{free_port()}\n"
        config = self.write_config(name, process + self.pool_yaml(address, settings))
        command = [*wrapper, str(program), "-c", str(config)]
        environment = {"RINGSIDE_WORKERS": "1"}
        return self.keep(Server(command, address, self.directory / f"{name}.log", environment))

    def new_address(self, name):
        if self.stage.unix:
            return str(self.directory / f"{name}.sock")
        return f"127.0.0.1:{free_port()}"

    def write_config(self, name, text):
        path = self.directory / f"{name}.yml"
        path.write_text(text)
        return path

    def pool_yaml(self, address, settings=()):
        servers = "".join(f"    - {node.address}:1 node{i}\n" for i, node in enumerate(self.nodes))
        return (
            "bench:\n"
            f"  listen: {address}\n"
            "  hash: fnv1a_64\n"
            "  distribution: ketama\n"
            "  timeout: 5000\n"
            "  preconnect: true\n"
            f"  redis: {'true' if self.stage.protocol == 'redis' else 'false'}\n"
            "  backlog: 1024\n"
            + "".join(f"  {setting}\n" for setting in settings)
            + "  servers:\n"
            + servers
        )


@contextlib.contextmanager
def staged(stage, directory):
    """A site whose nodes and proxies are stopped at the end."""
    with contextlib.ExitStack() as cleanup:
        yield Site(stage, directory, cleanup)


def run_ringload(ringload, proxy, *options):
    command = [str(ringload), "--json", "--target", proxy.address, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"ringload: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def store_keys(ringload, scenario, first, second):
    """Both proxies find the same keys on the same nodes, or there would be misses to explain."""
    run_ringload(ringload, first, *scenario.options(), "--warm", "--requests", "0")
    reading = dataclasses.replace(scenario, get_ratio=1, pipeline=1)
    warm = run_ringload(ringload, second, *reading.options(), "--requests", "500")
    if warm["misses"] > 0:
        raise Failure(f"{warm['misses']} keys stored through {first.name} were not found")


def median_noise(values):
    """Half of the 95 % confidence interval of their median (McGill, Tukey and Larsen 1978)."""
    if len(values) < 2:
        return math.nan
    lower, _, upper = statistics.quantiles(values, n=4, method="inclusive")
    return 1.57 * (upper - lower) / math.sqrt(len(values))


def describe_machine():
    model = "unknown CPU"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return f"{model}, {os.cpu_count()} cores, Linux {os.uname().release}"


def run_as_program(name, action):
    """action(directory) with room for many clients and a clean-up; the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # through the clean-up, as Ctrl-C
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))  # inherited by the proxies
    try:
        with tempfile.TemporaryDirectory(prefix=f"ringside-{name}-") as directory:
            return action(pathlib.Path(directory))
    except (Failure, OSError) as failure:
        print(f"{name}: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
