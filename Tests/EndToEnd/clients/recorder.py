"""What the tweepy clients write down: the lines as they came, and what happened to the stream."""

import argparse
import json


class Recorder:
    """Mixed into a stream of tweepy; overrides only the methods meant for that."""

    def record_to(self, arguments):
        self._lines = open(arguments.lines, "wb")
        self._events = open(arguments.events, "w")
        self._wanted = arguments.posts
        self._refusals = arguments.refusals
        self._count = 0

    def _event(self, name, **fields):
        self._events.write(json.dumps({"event": name, **fields}) + "\n")
        self._events.flush()

    def on_data(self, line):
        self._lines.write(line + b"\n")
        self._count += 1
        if self._count == self._wanted:
            self._lines.flush()
            self._event("enough")
            self.disconnect()

    def on_connect(self):
        self._event("connect")

    def on_keep_alive(self):
        self._lines.flush()
        self._event("keep-alive")

    def on_connection_error(self):
        self._event("connection error")

    def on_closed(self, response):
        self._event("closed")

    def on_request_error(self, status_code):
        self._event("refused", status=status_code)
        self._refusals -= 1
        if self._refusals == 0:
            self.disconnect()

    def on_exception(self, exception):
        self._event("exception", text=repr(exception))

    def on_disconnect(self):
        self._lines.flush()
        self._event("disconnect")


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--origin", required=True)
    parser.add_argument("--lines", required=True, help="file for the lines received")
    parser.add_argument("--events", required=True, help="file for what happened, as NDJSON")
    parser.add_argument("--posts", type=int, default=0, help="end after so many lines")
    parser.add_argument("--refusals", type=int, default=1, help="end after so many refusals")
    parser.add_argument("--zone", default="a")
    parser.add_argument("--secret", help="another secret than the zone's")
    return parser.parse_args()
