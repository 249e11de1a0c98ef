"""redis-py against a pool, as applications use it: HOST PORT."""

import sys

import redis

host, port = sys.argv[1], int(sys.argv[2])
client = redis.Redis(host=host, port=port, db=0, client_name="shop", decode_responses=True,
                     health_check_interval=30)

assert client.ping()
assert client.client_getname() == "shop"
assert client.client_id() > 0
assert client.echo("hello") == "hello"
assert client.info("server")["redis_mode"] == "standalone"
assert client.info()["nodes_in_ring"] == 3
assert client.time()[0] > 1_600_000_000
assert client.command_count() == len(client.command())
assert client.command_getkeys("MSET", "a", "1", "b", "2") == ["a", "b"]

# Strings, and what is split over nodes.
names = [f"{i}-name" for i in range(50)]
assert client.mset({name: f"value of {name}" for name in names})
assert client.mget(names + ["none"]) == [f"value of {name}" for name in names] + [None]
assert client.exists(*names, "none") == 50
assert client.touch(*names[:10]) == 10
assert client.set("k", "v", ex=100, nx=True) and not client.set("k", "w", nx=True)
assert 0 < client.ttl("k") <= 100
assert client.getex("k", persist=True) == "v" and client.ttl("k") == -1
assert client.getdel("k") == "v" and client.get("k") is None
assert client.incrby("n", 41) == 41 and client.incr("n") == 42
assert client.delete(*names) == 50

# Other kinds of values.
assert client.hset("h", mapping={"f": "1", "g": "2"}) == 2
assert client.hgetall("h") == {"f": "1", "g": "2"}
assert client.rpush("l", *"abc") == 3 and client.lrange("l", 0, -1) == ["a", "b", "c"]
assert client.sadd("s", "x", "y") == 2 and client.smembers("s") == {"x", "y"}
assert client.zadd("z", {"a": 1, "b": 2.5}) == 2
assert client.zrange("z", 0, -1, withscores=True) == [("a", 1.0), ("b", 2.5)]
entry = client.xadd("x", {"f": "v"})
assert client.xrange("x") == [(entry, {"f": "v"})]
assert client.xread({"x": "0"}) == [["x", [(entry, {"f": "v"})]]]
assert list(client.hscan_iter("h")) == [("f", "1"), ("g", "2")]
assert client.eval("return redis.call('GET', KEYS[1])", 1, "n") == "42"

# HyperLogLogs on several nodes.
for i in range(9):
    client.pfadd(f"{i}-visitors", *range(i * 50, i * 50 + 100))
assert 480 <= client.pfcount(*(f"{i}-visitors" for i in range(9))) <= 520

# A pipeline with an error in the middle; not a transaction.
pipeline = client.pipeline(transaction=False)
for i in range(1000):
    pipeline.set(f"{i}-piped", i)
    pipeline.get(f"{i}-piped")
pipeline.lpush("n", "x")
pipeline.get("n")
answers = pipeline.execute(raise_on_error=False)
assert answers[1:2000:2] == [str(i) for i in range(1000)]
assert isinstance(answers[2000], redis.ResponseError) and answers[2001] == "42"

try:
    client.pipeline(transaction=True).set("a", 1).execute()
    raise AssertionError("MULTI was not refused")
except redis.ResponseError as error:
    assert "transactions need a connection of their own" in str(error), error
assert client.ping()

# Another database than the pool's.
try:
    redis.Redis(host=host, port=port, db=5).ping()
    raise AssertionError("database 5 was not refused")
except redis.ResponseError as error:
    assert "database 0 only" in str(error), error

# Bytes come back as they went.
raw = redis.Redis(host=host, port=port)
binary = bytes(range(256)) * 300
assert raw.set(b"\x00\xff key", binary) and raw.get(b"\x00\xff key") == binary
