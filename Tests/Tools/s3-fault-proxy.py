#!/usr/bin/env python3
"""s3-fault-proxy.py --listen PORT --upstream PORT --control PORT

Stands between a client and an S3 server, both on the loopback, and breaks the requests it is told
to. Everything else passes unchanged, the Host header too, so that signatures stay valid.

The control port speaks JSON over HTTP:

  POST /faults      {"path": TEXT, "method": METHOD, "query": TEXT, "kind": KIND, "times": N, ...}
                    answers {"id": ID}. A request is broken if its path contains TEXT, its method
                    is METHOD where given, and its query contains the other TEXT where given; the
                    first fault that fits and is not used up counts.
  GET /faults/ID    answers {"fired": N}: how often it was carried out.

Kinds, with what else they take:

  lose-reply        the server acts, the client's connection is reset without an answer
  cut-request       half of the body reaches the server, then both connections are reset
  flip-request      one bit in the middle of the body is turned over on its way to the server
  cut-reply         half of the answer's body, then a reset
  flip-reply        one bit in the middle of the answer's body is turned over
  refuse            an <Error> with "status" and "code" instead of asking the server
  error-in-success  status 200 with an <Error> of "code" instead of asking the server
  stall             the server acts, and no answer comes for "seconds"
"""

import argparse
import http.client
import http.server
import json
import socket
import struct
import threading
import time
import urllib.parse

ERROR = (
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{0}</Code>'
    "<Message>injected</Message><RequestId>FAULT{1}</RequestId></Error>"
)
# Headers that belong to one connection and not to the message.
CONNECTION_HEADERS = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Faults:
    """The orders, shared by all connections."""

    def __init__(self):
        self.lock = threading.Lock()
        self.orders = []

    def add(self, order):
        with self.lock:
            self.orders.append({**order, "fired": 0})
            return len(self.orders) - 1

    def fired(self, number):
        with self.lock:
            return self.orders[number]["fired"]

    def take(self, method, target):
        """The fault for a request, counted as fired, or None."""
        path, _, query = target.partition("?")
        path = urllib.parse.unquote(path)
        with self.lock:
            for number, order in enumerate(self.orders):
                if (
                    order["fired"] < order["times"]
                    and order["path"] in path
                    and order.get("method", method) == method
                    and order.get("query", "") in query
                ):
                    order["fired"] += 1
                    return {**order, "id": number}
        return None


def flipped(body):
    if not body:
        return body
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


def reset_on_close(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Reset(Exception):
    """The client is to see a reset connection."""


class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    faults = None
    upstream = None

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.faults.take(self.command, self.path)
        try:
            self.carry_out(fault or {"kind": "none"}, body)
        except Reset:
            reset_on_close(self.connection)
            self.close_connection = True

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any

    def carry_out(self, fault, body):
        kind = fault["kind"]
        if kind in ("refuse", "error-in-success"):
            status = fault.get("status", 200) if kind == "refuse" else 200
            text = ERROR.format(fault["code"], fault["id"]).encode()
            self.answer(status, [("Content-Type", "application/xml")], text)
            return
        if kind == "cut-request":
            self.send_half(body)
            raise Reset
        reply = self.ask(flipped(body) if kind == "flip-request" else body)
        if kind == "lose-reply":
            raise Reset
        if kind == "stall":
            time.sleep(fault["seconds"])
            raise Reset
        status, headers, content = reply
        if kind == "flip-reply":
            content = flipped(content)
        self.answer(status, headers, content, cut=kind == "cut-reply")

    def start_request(self, server, length):
        server.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in CONNECTION_HEADERS:
                server.putheader(name, value)
        if "Content-Length" in self.headers:
            server.putheader("Content-Length", str(length))
        server.endheaders()

    def ask(self, body):
        server = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=60)
        self.start_request(server, len(body))
        server.send(body)
        reply = server.getresponse()
        content = reply.read()
        server.close()
        return reply.status, reply.getheaders(), content

    def send_half(self, body):
        server = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=60)
        self.start_request(server, len(body))
        server.send(body[: len(body) // 2])
        reset_on_close(server.sock)
        server.close()

    def answer(self, status, headers, content, cut=False):
        self.send_response_only(status)
        length = str(len(content))
        for name, value in headers:
            if name.lower() == "content-length" and self.command == "HEAD":
                length = value
            elif name.lower() not in CONNECTION_HEADERS:
                self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", length)
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(content[: len(content) // 2] if cut else content)
        if cut:
            self.wfile.flush()
            raise Reset

    def log_message(self, *_):
        pass


class Control(http.server.BaseHTTPRequestHandler):
    faults = None

    def do_POST(self):
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer({"id": self.faults.add(order)})

    def do_GET(self):
        self.answer({"fired": self.faults.fired(int(self.path.rsplit("/", 1)[1]))})

    def answer(self, value):
        text = json.dumps(value).encode()
        self.send_response_only(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        """Resets are the purpose of this program, not worth a trace."""


def main():
    parser = argparse.ArgumentParser()
    for name in ("--listen", "--upstream", "--control"):
        parser.add_argument(name, type=int, required=True)
    arguments = parser.parse_args()
    Proxy.faults = Control.faults = Faults()
    Proxy.upstream = arguments.upstream
    control = Server(("127.0.0.1", arguments.control), Control)
    threading.Thread(target=control.serve_forever, daemon=True).start()
    Server(("127.0.0.1", arguments.listen), Proxy).serve_forever()


main()
