"""A server of newline-delimited JSON that is not X: one feed, for who shows the right header."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Feed:
    """Sends its lines to each client that asks with `header`, and then stays open and silent.

    Others get 401 and are told what they sent, as careless servers do.
    """

    def __init__(self, lines, header):
        self.refused = 0
        self.served = 0
        self._over = threading.Event()
        name, value = header
        feed = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                if self.headers.get(name) != value:
                    feed.refused += 1
                    sent = " ".join(f"{name}: {value}" for name, value in self.headers.items())
                    self.send_error(401, "Unauthorized", f"{sent} is wrong")
                    return
                feed.served += 1
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"".join(line + b"\n" for line in lines))
                self.wfile.flush()
                feed._over.wait()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/feed"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
