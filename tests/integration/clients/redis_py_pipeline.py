"""redis-py's default pipeline() is a transaction: HOST PORT. Nothing of it may be done."""

import sys

import redis

client = redis.Redis(host=sys.argv[1], port=int(sys.argv[2]), decode_responses=True)
assert client.incr("counter") == 1

for attempt in range(3):
    pipeline = client.pipeline()
    for i in range(20):
        pipeline.incr("counter")
        pipeline.set(f"{i}-written", attempt)
    try:
        pipeline.execute()
        raise AssertionError("the transaction was not refused")
    except redis.ResponseError as error:
        # What redis-py shows is the error of MULTI, because EXEC answers with EXECABORT.
        assert "transactions need a connection of their own" in str(error), error
    assert client.get("counter") == "1", "a retry would count twice"

assert client.exists(*(f"{i}-written" for i in range(20))) == 0

# WATCH is refused before anything is queued.
try:
    client.transaction(lambda pipe: pipe.multi() or pipe.incr("counter"), "counter")
    raise AssertionError("WATCH was not refused")
except redis.ResponseError as error:
    assert "transactions need a connection of their own" in str(error), error
assert client.get("counter") == "1"

# Not a transaction.
assert client.pipeline(transaction=False).incr("counter").get("counter").execute() == [2, "2"]
