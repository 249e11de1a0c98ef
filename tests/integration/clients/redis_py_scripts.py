"""redis-py's locks and scripts against a pool of three nodes: HOST PORT NODE_PORT..."""

import atexit
import subprocess
import sys
import time

import redis

host, port, node_ports = sys.argv[1], int(sys.argv[2]), [int(word) for word in sys.argv[3:]]
client = redis.Redis(host=host, port=port, decode_responses=True)
nodes = [redis.Redis(host=host, port=node_port) for node_port in node_ports]
names = [f"{i}-lock" for i in range(30)]


def take_and_release_locks():
    for name in names:
        lock = client.lock(name, timeout=60)
        assert lock.acquire(blocking=False), name
        assert not client.lock(name, timeout=60).acquire(blocking=False), name
        assert lock.extend(10) and lock.reacquire()
        lock.release()
        assert client.get(name) is None, name


def restart(node):
    """As an operator would: it comes back empty and without scripts."""
    node_port = node.connection_pool.connection_kwargs["port"]
    node.shutdown(nosave=True)
    started = subprocess.Popen(["redis-server", "--port", str(node_port), "--bind", host,
                                "--save", ""], stdout=subprocess.DEVNULL)
    atexit.register(started.wait)
    atexit.register(started.terminate)
    deadline = time.monotonic() + 20
    while True:
        try:
            node.ping()
            assert client.mget(names) == [None] * len(names)  # the pool has its links back
            return
        except redis.RedisError:
            assert time.monotonic() < deadline


# release(), extend() and reacquire() are scripts: SCRIPT LOAD, then EVALSHA with the lock's key.
take_and_release_locks()
assert all(node.dbsize() == 0 for node in nodes)

# A script of the application, on keys of all nodes.
add = client.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
for i in range(30):
    assert add(keys=[f"{i}-sum"], args=[i]) == i
assert [client.script_exists(add.sha, "0" * 40)] == [[True, False]]
assert all(node.script_exists(add.sha) == [True] for node in nodes)
assert all(node.dbsize() > 0 for node in nodes), "each node has run it"

# The node answers NOSCRIPT, and redis-py loads the script again.
for node in nodes:
    restart(node)
    assert client.script_exists(add.sha) == [False]
    for i in range(30):
        assert add(keys=[f"{i}-restarted"], args=[i]) >= i
    take_and_release_locks()

# In a pipeline redis-py asks for all scripts first and loads those that are missing.
for node in nodes:
    node.script_flush()
pipeline = client.pipeline(transaction=False)
for i in range(30):
    add(keys=[f"{i}-piped"], args=[i], client=pipeline)
assert pipeline.execute() == list(range(30))

# What would concern all clients.
for call in (client.script_flush, client.script_kill):
    try:
        call()
        raise AssertionError(f"{call} was not refused")
    except redis.ResponseError as error:
        assert "not allowed" in str(error) or "not supported" in str(error), error
