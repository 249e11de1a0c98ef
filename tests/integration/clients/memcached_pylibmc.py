#!/usr/bin/python3
"""libmemcached by way of pylibmc, text protocol. Arguments: host and port. Prints what it did;
fails at the first wrong answer."""
import sys

import pylibmc

host, port = sys.argv[1], sys.argv[2]
client = pylibmc.Client([f"{host}:{port}"], binary=False, behaviors={"cas": True})


def expect(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: wanted {wanted!r}, got {got!r}")
    print(f"{what}: ok")


big = b"b" * 900_000
values = {f"{i}-key": f"value {i}" for i in range(40)}
expect("miss", client.get("none"), None)
expect("set", client.set("a", "1", time=100), True)
expect("get", client.get("a"), "1")
expect("add", client.add("a", "2"), False)
expect("replace", client.replace("a", "3"), True)
expect("append", client.append("a", ">"), True)
expect("prepend", client.prepend("a", "<"), True)
value, unique = client.gets("a")
expect("gets", value, "<3>")
expect("cas", client.cas("a", "4", unique), True)
expect("set_multi", client.set_multi(values), [])
expect("get_multi", client.get_multi(list(values) + ["none"]), values)
expect("delete_multi", client.delete_multi(list(values)), True)
expect("get_multi of none", client.get_multi(list(values)), {})
expect("delete of none", client.delete("none"), False)
expect("number", client.set("n", 10), True)
expect("incr", client.incr("n", 5), 15)
expect("decr", client.decr("n", 5), 10)
try:
    client.incr("none")
    sys.exit("incr of none: wanted NotFound")
except pylibmc.NotFound:
    print("incr of none: ok")
expect("touch", client.touch("a", 100), True)
expect("large value", client.set("big", big), True)
expect("get of a large value", client.get("big"), big)
try:
    client.set("huge", b"h" * 3_000_000)
    sys.exit("too large: wanted an error")
except pylibmc.Error:
    print("too large: ok")
expect("get after an error", client.get("a"), "4")
expect("stats", client.get_stats()[0][1]["version"][:2], b"1.")
