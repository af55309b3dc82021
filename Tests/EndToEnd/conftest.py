import functools
from urllib.parse import urlencode

import pytest

import oauth1
from capture import capture_fairly
from folding import Folding
from merger import Merger
from piped import PipedWorld
from rawstream import RawStream
from simulator import Simulator
from store import DirectoryStore

FILTER_PATH = "/1.1/statuses/filter.json"


@pytest.fixture
def serve(tmp_path):
    """Starts simulators with the options given, of few posts if nothing else is said.

    All are stopped after the test.
    """
    running = []

    def start(*options):
        if "--posts" not in options:
            options = ("--posts", 100, *options)
        if "--jitter" not in options:
            # The last posts come as much later as the jitter is long.
            options = ("--jitter", 0.2, *options)
        simulator = Simulator(tmp_path / f"simulator-{len(running)}", *options)
        running.append(simulator)
        return simulator

    yield start
    for simulator in running:
        assert simulator.stop() == 0


@pytest.fixture
def open_stream():
    """Opens streams; all are closed after the test."""
    streams = []

    def start(simulator, **options):
        stream = RawStream(simulator.port, **options)
        streams.append(stream)
        return stream

    yield start
    for stream in streams:
        stream.close()


@pytest.fixture
def sign():
    """Makes the options of a signed POST to the v1.1 stream, its parameters in the form."""

    def make(simulator, parameters, zone="a"):
        url = simulator.origin + FILTER_PATH
        header = oauth1.authorization("POST", url, zone=zone, parameters=parameters.items())
        return {
            "path": FILTER_PATH,
            "token": None,
            "method": "POST",
            "headers": {
                "Authorization": header,
                "Content-Type": "application/x-www-form-urlencoded",
            },
            "body": urlencode(parameters).encode(),
        }

    return make


class Proof:
    """The large world after its capture and one run of the merger. Nobody may change it."""

    def __init__(self, folder):
        self.capture = capture_fairly(
            folder, lambda attempt: DirectoryStore(folder / f"store-{attempt}"), posts=30_000)
        self.store = self.capture.store
        self.merger = Merger(folder, self.store)
        self.unmerged = self.store.copy(folder / "unmerged")
        self.report = self.merger.json("run")

    @functools.cached_property
    def folding(self):
        return Folding(self.store.segments())


@pytest.fixture(scope="session")
def proof(tmp_path_factory):
    return Proof(tmp_path_factory.mktemp("proof"))


class Small:
    """A small world, as its zones shipped it and as one run merged it. Nobody may change it."""

    def __init__(self, folder):
        self.unmerged = DirectoryStore(folder / "unmerged")
        PipedWorld(folder, self.unmerged)
        self.store = self.unmerged.copy(folder / "store")
        self.merger = Merger(folder, self.store)
        self.report = self.merger.json("run")
        self.folding = Folding(self.unmerged.segments())


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    return Small(tmp_path_factory.mktemp("small"))
