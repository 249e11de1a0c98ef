#!/usr/bin/env python3
"""A stand-in for the API server of Kubernetes: EndpointSlices over TLS, and faults on request.

    kubernetes_api.py --port P --control C --cert FILE --key FILE [--client-ca FILE]

Answers in the forms that a server of version 1.33 was recorded with (tests/recordings/kubernetes).
The control port, plain HTTP, is for the test:

    POST /slice          a slice as JSON: {"name", "endpoints", "ports"}; replaces that of its name
    POST /delete?NAME    takes it away
    POST /tokens         the tokens that are taken from now on, one a line
    POST /cut            ends all watches without their ends
    POST /forget         versions from before now are too old, also for watches under way
    POST /fault?KIND     how lists and watches are answered from now on: none, 403, 500, busy (429),
                         slow (a byte a second), huge (100 MB), silent, reset, garbage, null (null
                         lists), no_watch (a watch ends as soon as it has begun), watch_forbidden
    GET /requests        the requests that came, one a line
"""

import argparse
import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PATH = "/apis/discovery.k8s.io/v1/namespaces/app/endpointslices"
SELECTOR = "kubernetes.io/service-name=cache"
BOOKMARK_SECONDS = 1


class State:
    def __init__(self):
        self.changed = threading.Condition()
        self.slices = {}
        self.events = []  # (version, type, object)
        self.version = 200
        self.forgotten = 0
        self.tokens = ["first"]
        self.fault = "none"
        self.cuts = 0
        self.requests = []


STATE = State()


def slice_object(slice_, version):
    return {
        "kind": "EndpointSlice",
        "apiVersion": "discovery.k8s.io/v1",
        "metadata": {
            "name": slice_["name"], "namespace": "app", "uid": "1e1c8bc8", "generation": 1,
            "resourceVersion": str(version),
            "labels": {"kubernetes.io/service-name": "cache"},
            "managedFields": [{"manager": "kube-controller-manager", "fieldsV1": {"f:ports": {}}}],
        },
        "addressType": slice_.get("addressType", "IPv4"),
        "endpoints": slice_.get("endpoints"),
        "ports": slice_.get("ports"),
    }


def status(code, reason, message):
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "code": code}


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send_json(self, code, document, headers=None):
        body = json.dumps(document, indent=2).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def begin_chunks(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def do_GET(self):
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        is_watch = query.get("watch") == "1"
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        with STATE.changed:
            STATE.requests.append(f"{'watch' if is_watch else 'list'} {token} {self.path}")
            fault = STATE.fault
            is_known = token in STATE.tokens
        self.close_connection = True
        if not is_known:
            self.send_json(401, status(401, "Unauthorized", "Unauthorized"))
        elif url.path != PATH or query.get("labelSelector") != SELECTOR:
            self.send_json(404, status(404, "NotFound", "the server could not find it"))
        elif not self.is_faulty(fault, is_watch):
            self.watch(query) if is_watch else self.list(query, fault)

    def is_faulty(self, fault, is_watch):
        if fault == "403":
            self.send_json(403, status(403, "Forbidden", 'User "viewer" cannot list resource '
                                                         '"endpointslices" in API group'))
        elif fault == "500":
            self.send_json(500, status(500, "InternalError", "etcdserver: no leader"))
        elif fault == "slow":
            self.begin_chunks()
            for byte in b'{"kind": "EndpointSliceList"' * 4:
                self.chunk(bytes([byte]))
                time.sleep(1)
        elif fault == "huge":
            self.begin_chunks()
            for _ in range(100):
                self.chunk(b" " * (1 << 20))
        elif fault == "silent":
            time.sleep(60)
        elif fault == "reset":
            pass
        elif fault == "garbage":
            self.begin_chunks()
            self.chunk(b"<html>\n")
            self.chunk(b"")
        elif fault == "busy":
            self.send_json(429, status(429, "TooManyRequests", "too many requests"),
                           {"Retry-After": "1"})
        elif fault == "watch_forbidden" and is_watch:
            self.send_json(403, status(403, "Forbidden", 'User "viewer" cannot watch resource'))
        elif fault == "no_watch" and is_watch:
            self.begin_chunks()
            self.chunk(b"")
        else:
            return False
        return True

    def list(self, query, fault):
        with STATE.changed:
            version = STATE.version
            names = sorted(STATE.slices)
            first = int(query.get("continue", "0"))
            page = names[first:first + int(query["limit"])]
            items = [slice_object(STATE.slices[name], version) for name in page]
        metadata = {"resourceVersion": str(version)}
        if first + len(page) < len(names):
            metadata["continue"] = str(first + len(page))
        self.send_json(200, {"kind": "EndpointSliceList", "apiVersion": "discovery.k8s.io/v1",
                             "metadata": metadata, "items": None if fault == "null" else items})

    def watch(self, query):
        version = int(query["resourceVersion"])
        end = time.monotonic() + int(query["timeoutSeconds"])
        self.begin_chunks()
        with STATE.changed:
            cuts = STATE.cuts
        while time.monotonic() < end:
            with STATE.changed:
                news = [event for event in STATE.events if event[0] > version]
                if not news and STATE.cuts == cuts and version >= STATE.forgotten:
                    is_news = STATE.changed.wait(BOOKMARK_SECONDS)
                    if not is_news:
                        news = [(STATE.version, "BOOKMARK", bookmark(STATE.version))]
                if STATE.cuts != cuts:
                    return
                is_too_old = version < STATE.forgotten
            if is_too_old:
                self.event("ERROR", status(410, "Expired", "too old resource version"))
                break
            for version, kind, object_ in news:
                self.event(kind, object_)
        self.chunk(b"")

    def event(self, kind, object_):
        line = json.dumps({"type": kind, "object": object_}, separators=(",", ":"))
        self.chunk(line.encode() + b"\n")


def bookmark(version):
    return {"kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1",
            "metadata": {"resourceVersion": str(version)},
            "addressType": "", "endpoints": None, "ports": None}


class Control(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, text=""):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        with STATE.changed:
            text = "".join(line + "\n" for line in STATE.requests)
        self.answer(text)

    def do_POST(self):
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        with STATE.changed:
            if url.path == "/slice":
                slice_ = json.loads(body)
                is_new = slice_["name"] not in STATE.slices
                STATE.version += 1
                STATE.slices[slice_["name"]] = slice_
                STATE.events.append((STATE.version, "ADDED" if is_new else "MODIFIED",
                                     slice_object(slice_, STATE.version)))
            elif url.path == "/delete":
                slice_ = STATE.slices.pop(url.query)
                STATE.version += 1
                STATE.events.append((STATE.version, "DELETED",
                                     slice_object(slice_, STATE.version)))
            elif url.path == "/tokens":
                STATE.tokens = body.split()
            elif url.path == "/cut":
                STATE.cuts += 1
            elif url.path == "/forget":
                STATE.version += 1
                STATE.forgotten = STATE.version
                STATE.events.clear()
            elif url.path == "/fault":
                STATE.fault = url.query
            STATE.changed.notify_all()
        self.answer()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass  # who is asked may hang up


class TlsServer(Server):
    """The handshake is made on the connection's own thread."""

    def __init__(self, address, handler, context):
        self.context = context
        super().__init__(address, handler)

    def finish_request(self, request, client_address):
        request.settimeout(70)
        with self.context.wrap_socket(request, server_side=True) as connection:
            super().finish_request(connection, client_address)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--cert", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--client-ca", help="whose certificates clients must show")
    arguments = parser.parse_args()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(arguments.cert, arguments.key)
    if arguments.client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(arguments.client_ca)
    api = TlsServer(("127.0.0.1", arguments.port), Api, context)
    threading.Thread(target=api.serve_forever, daemon=True).start()
    Server(("127.0.0.1", arguments.control), Control).serve_forever()


main()
