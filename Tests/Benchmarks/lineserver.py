"""Sends the lines of a file to every client, one chunk a line, as the streams of X do.

    python3 lineserver.py FILE --port-file FILE [--rate N --clients N --start-file FILE]

Without a rate each client gets the file at once, as fast as it reads: sendfile leaves next to
nothing to do here. With one, the first line leaves when all clients are there, and START gets that
moment, by the monotonic clock. The response ends behind the last line, unless the query of the
request has `hold`: then the connection stays open and silent.
"""

import argparse
import os
import socket
import tempfile
import threading
import time

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)
END = b"0\r\n\r\n"
RULES = b'{"data":[],"meta":{"result_count":0}}'


def chunks(path):
    with open(path, "rb") as file:
        for line in file:
            yield b"%x\r\n%b\r\n" % (len(line), line)


def write_whole(path, content):
    with open(path + ".new", "w") as file:
        file.write(content)
    os.rename(path + ".new", path)


class Server:
    def __init__(self, arguments):
        self.arguments = arguments
        self.wire = tempfile.TemporaryFile()
        self.ends = []
        for chunk in chunks(arguments.file):
            self.wire.write(chunk)
            self.ends.append(self.wire.tell())
        self.wire.flush()
        self.everybody = threading.Barrier(arguments.clients)
        self.began = None

    def serve(self):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            write_whole(self.arguments.port_file, str(listening.getsockname()[1]))
            while True:
                client, _ = listening.accept()
                threading.Thread(target=self.attend, args=(client,), daemon=True).start()

    def attend(self, client):
        request = b""
        while b"\r\n\r\n" not in request:
            piece = client.recv(65536)
            if not piece:
                return
            request += piece
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # The listener asks for the rules beside the stream.
            if request.split(b" ", 2)[1].split(b"?")[0].endswith(b"/rules"):
                client.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    b"Content-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(RULES), RULES))
                client.close()
                return
            client.sendall(HEAD)
            if self.arguments.rate:
                self.send_in_time(client)
            else:
                self.send(client, 0, self.ends[-1])
            if b"hold" not in request.split(b"\r\n", 1)[0]:
                client.sendall(END)
            else:
                client.recv(1)
        except OSError:
            pass
        client.close()

    def send(self, client, start, end):
        while start < end:
            start += os.sendfile(client.fileno(), self.wire.fileno(), start, end - start)

    def send_in_time(self, client):
        if self.everybody.wait() == 0:
            self.began = time.monotonic()
            write_whole(self.arguments.start_file, str(self.began))
        while self.began is None:
            time.sleep(0.001)
        start = 0
        for number, end in enumerate(self.ends):
            time.sleep(max(0, self.began + number / self.arguments.rate - time.monotonic()))
            self.send(client, start, end)
            start = end


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--port-file", required=True)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--start-file")
    Server(parser.parse_args()).serve()


main()
