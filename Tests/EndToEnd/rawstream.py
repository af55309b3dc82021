"""A stream client that hides nothing: what came over the socket, and how it ended."""

import socket
import threading

from simulator import wait_for

V2_PATH = "/2/tweets/search/stream"


class RawStream:
    """One request whose chunked response is read in a thread until it ends.

    `ending` is None while it goes on, then `complete` (the response ended properly), `torn` (the
    connection closed in the middle), `reset`, or `unanswered`.
    """

    def __init__(self, port, path=V2_PATH, token="token-a", method="GET", headers=(), body=b"",
                 reads=True):
        self.status = None
        self.headers = {}
        self.content = bytearray()
        self.chunks = []
        self.ending = None
        fields = dict(headers)
        fields.setdefault("Host", f"127.0.0.1:{port}")
        if token:
            fields.setdefault("Authorization", f"Bearer {token}")
        if body:
            fields["Content-Length"] = str(len(body))
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in fields.items())
        self._socket = socket.socket()
        self._socket.settimeout(60)
        if not reads:
            # Else the kernel reads megabytes in place of the client.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self._socket.connect(("127.0.0.1", port))
        self._socket.sendall(head.encode() + b"\r\n" + body)
        self._input = self._socket.makefile("rb")
        self._thread = threading.Thread(target=self._read, daemon=True)
        if reads:
            self.start_reading()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def start_reading(self):
        self._thread.start()

    def close(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        if self._thread.ident:
            self._thread.join(timeout=10)
        self._input.close()
        self._socket.close()

    @property
    def lines(self):
        """The lines that have come whole, without their ends, keep-alives left out."""
        return [line for line in bytes(self.content).split(b"\r\n")[:-1] if line]

    @property
    def torn_line(self):
        """What came of a line after the last end of a line."""
        return bytes(self.content).split(b"\r\n")[-1]

    def wait_for_status(self):
        wait_for(lambda: self.status or self.ending, "an answer")
        return self.status

    def wait_for_lines(self, count):
        wait_for(
            lambda: self.content.count(b"\r\n") >= count and len(self.lines) >= count,
            f"{count} lines")

    def wait_for_end(self):
        return wait_for(lambda: self.ending, "the end of the stream")

    def _read(self):
        try:
            self.ending = self._read_response()
        except ConnectionResetError:
            self.ending = "reset"
        except (OSError, ValueError):
            self.ending = "torn"

    def _read_response(self):
        first = self._input.readline()
        if not first:
            return "unanswered"
        while (line := self._input.readline().strip()):
            name, value = line.decode().split(":", 1)
            self.headers[name.lower()] = value.strip()
        self.status = int(first.split()[1])
        if self.headers.get("transfer-encoding") != "chunked":
            self.content += self._input.read(int(self.headers["content-length"]))
            return "complete"
        while True:
            size_line = self._input.readline()
            if not size_line.endswith(b"\r\n"):
                return "torn"
            size = int(size_line, 16)
            missing = size
            while missing:
                piece = self._input.read1(missing)
                if not piece:
                    return "torn"
                self.content += piece
                missing -= len(piece)
            self.chunks.append(size)
            if self._input.read(2) != b"\r\n":
                return "torn"
            if size == 0:
                return "complete"
