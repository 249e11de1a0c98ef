#!/usr/bin/python3
"""pymemcache against a pool. Arguments: host and port. Prints what it did; fails at the first wrong
answer."""
import sys
import time

from pymemcache.client.base import Client

host, port = sys.argv[1], int(sys.argv[2])
client = Client((host, port), timeout=30, connect_timeout=30, default_noreply=False)


def expect(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: wanted {wanted!r}, got {got!r}")
    print(f"{what}: ok")


big = b"b" * 900_000
keys = [f"{i}-key" for i in range(40)]
expect("miss", client.get("none"), None)
expect("set", client.set("a", b"1", expire=100, flags=3), True)
expect("get", client.get("a"), b"1")
expect("add", client.add("a", b"2"), False)
expect("replace", client.replace("a", b"3"), True)
expect("append", client.append("a", b">"), True)
expect("prepend", client.prepend("a", b"<"), True)
value, unique = client.gets("a")
expect("gets", value, b"<3>")
expect("cas", client.cas("a", b"4", unique), True)
expect("cas of an old number", client.cas("a", b"5", unique), False)
expect("cas of none", client.cas("none", b"5", b"1"), None)
expect("set_many", client.set_many({key: key.encode() for key in keys}), [])
expect("get_many", client.get_many(keys + ["none"]), {key: key.encode() for key in keys})
expect("delete_many", client.delete_many(keys[:20]), True)
expect("get_many of the rest", sorted(client.get_many(keys)), sorted(keys[20:]))
expect("delete of none", client.delete("none"), False)
expect("incr of none", client.incr("n", 1), None)
expect("noreply", client.set("n", b"10", noreply=True), True)
expect("incr", client.incr("n", 5), 15)
expect("decr", client.decr("n", 99), 0)
expect("touch", client.touch("a", 100), True)
expect("touch of none", client.touch("none", 100), False)
expect("expired at once", client.set("e", b"x", expire=-1), True)
expect("get of an expired value", client.get("e"), None)
expect("large value", client.set("big", big), True)
expect("get of a large value", client.get("big"), big)
expect("stats", client.stats()[b"ringside_nodes"], 3)
expect("version", client.version()[:2], b"1.")
deadline = time.monotonic() + 30
client.set("short", b"x", expire=1)
while client.get("short") is not None:
    if time.monotonic() > deadline:
        sys.exit("expiry: the value is still there")
    time.sleep(0.05)
print("expiry: ok")
client.quit()
