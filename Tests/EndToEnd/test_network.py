"""What lies between a listener and its stream: TLS, proxies, addresses and names."""

import socket
import subprocess

import pytest

from connectproxy import ConnectProxy
from listener import STREAM_PATH, Listener
from simulator import wait_for
from store import DirectoryStore
from tls import PAST, Authority, Tunnel


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path / "store")


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls") / "authority")


@pytest.fixture
def tunnel(tmp_path):
    """Puts TLS in front of simulators; all is ended after the test."""
    running = []

    def start(simulator, certificate, **options):
        running.append(Tunnel(tmp_path, certificate, simulator.port, **options))
        return running[-1]

    yield start
    for one in running:
        one.kill()


@pytest.fixture
def listen(tmp_path, store):
    """Starts listeners of the stream at an origin; they are ended after the test."""
    running = []

    def start(origin, **settings):
        ours = {"STREAM_URL": origin + STREAM_PATH, "BEARER_TOKEN": "token-a",
                "SEGMENT_AGE": "1s", "SYNC_INTERVAL": "200ms"}
        running.append(Listener(tmp_path, "a", store, **(ours | settings)))
        return running[-1]

    yield start
    for listener in running:
        listener.end_for_sure()


def lines_of(store):
    return [line for segment in store.segments("a") for line in segment.lines]


def finish(listener, simulator, store):
    """Waits for the end of the stream; all of it is in the store then."""
    simulator.wait_until_finished()
    wait_for(lambda: store.lines_shipped("a") >= len(simulator.truth), "all lines shipped")
    assert listener.stop() == 0
    assert lines_of(store) == simulator.truth


def opened(simulator):
    return simulator.zone("a")["counts"]["opened"]


# TLS


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_a_stream_behind_a_private_authority_is_held(
        serve, tunnel, listen, store, authority, version):
    simulator = serve("--posts", 300, "--rate", 3000, "--wait-for", 1)
    front = tunnel(simulator, authority.sign("localhost"), options=[f"sslVersion = {version}"])
    listener = listen(f"https://localhost:{front.port}", CA_FILE=authority.file)
    finish(listener, simulator, store)


def test_tls_older_than_1_2_is_refused(serve, tunnel, listen, authority):
    simulator = serve()
    front = tunnel(
        simulator, authority.sign("localhost"),
        options=["sslVersionMax = TLSv1.1", "sslVersionMin = TLSv1", "ciphers = ALL:@SECLEVEL=0"])
    # The server itself is able: a client that allows the old version gets through.
    old = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{front.port}", "-tls1_1", "-cipher",
         "ALL:@SECLEVEL=0"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert "TLSv1.1" in old.stdout
    listener = listen(f"https://localhost:{front.port}", CA_FILE=authority.file)
    listener.wait_for_log("protocol version")
    listener.wait_for_log("next attempt in")
    assert opened(simulator) == 0


@pytest.mark.parametrize("flaw, message", [
    ("another name", "no alternative certificate subject name matches target host name"),
    ("expired", "certificate has expired"),
    ("self-signed", "self-signed certificate"),
    ("unknown authority", "unable to get local issuer certificate")])
def test_a_certificate_with_a_flaw_is_refused_and_the_log_says_which(
        serve, tunnel, listen, authority, flaw, message):
    simulator = serve()
    certificate = {
        "another name": lambda: authority.sign("elsewhere.example"),
        "expired": lambda: authority.sign("localhost", PAST),
        "self-signed": lambda: authority.self_signed("localhost"),
        "unknown authority": lambda: authority.sign("localhost")}[flaw]()
    front = tunnel(simulator, certificate)
    trusted = {} if flaw == "unknown authority" else {"CA_FILE": authority.file}
    listener = listen(f"https://localhost:{front.port}", **trusted)
    listener.wait_for_log(message)
    listener.wait_for_log("next attempt in")
    assert opened(simulator) == 0
    assert listener.is_running


def test_the_private_authority_counts_for_the_api_too(serve, tunnel, listen, authority):
    simulator = serve("--world", "v1")
    front = tunnel(simulator, authority.sign("localhost"))
    origin = f"https://localhost:{front.port}"
    credentials = {
        "CONSUMER_KEY": "consumer-key-a", "CONSUMER_SECRET": "consumer-secret-a",
        "ACCESS_TOKEN": "access-token-a", "ACCESS_TOKEN_SECRET": "access-token-secret-a",
        "TWITTER_USER": "somebody"}
    untrusting = listen(origin, SOURCE="twitter-v1", environment=credentials)
    untrusting.wait_for_log("unable to get local issuer certificate")
    assert untrusting.stop() == 0
    # The simulator takes the request to be signed for http, so its answer is 401: it was reached.
    trusting = listen(
        origin, SOURCE="twitter-v1", environment=credentials, CA_FILE=authority.file)
    trusting.wait()
    assert "refused with HTTP 401" in trusting.log


def test_tcp_closed_without_the_end_of_tls_is_a_loss_like_any_other(
        serve, tunnel, listen, store, authority):
    simulator = serve("--posts", 600, "--rate", 300, "--wait-for", 1)
    certificate = authority.sign("localhost")
    front = tunnel(simulator, certificate)
    listener = listen(f"https://localhost:{front.port}", CA_FILE=authority.file)
    wait_for(lambda: listener.lines_synced > 0, "lines on the disk")
    front.kill()
    listener.wait_for_log("disconnected: ")
    tunnel(simulator, certificate, port=front.port)
    wait_for(lambda: listener.log.count("connected (") >= 2, "the second connection")
    simulator.wait_until_finished()
    assert listener.stop() == 0
    lines = lines_of(store)
    assert 0 < len(lines) < 600
    assert set(lines) <= set(simulator.truth)


# Proxies


@pytest.fixture
def proxy():
    one = ConnectProxy()
    yield one
    one.close()


def test_a_stream_goes_through_the_proxy_of_the_environment(
        serve, tunnel, listen, store, authority, proxy):
    simulator = serve("--posts", 300, "--rate", 3000, "--wait-for", 1)
    front = tunnel(simulator, authority.sign("localhost"))
    listener = listen(
        f"https://localhost:{front.port}", CA_FILE=authority.file,
        environment={"https_proxy": proxy.url})
    finish(listener, simulator, store)
    # The rules are asked for on the same way.
    assert proxy.asked == [f"CONNECT localhost:{front.port}"] * 2


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_a_host_that_needs_no_proxy_is_asked_directly(
        serve, tunnel, listen, store, authority, proxy, name):
    simulator = serve("--posts", 300, "--rate", 3000, "--wait-for", 1)
    front = tunnel(simulator, authority.sign("localhost"))
    listener = listen(
        f"https://localhost:{front.port}", CA_FILE=authority.file,
        environment={"https_proxy": proxy.url, name: "localhost"})
    finish(listener, simulator, store)
    assert proxy.asked == []


@pytest.mark.parametrize("status", [403, 407, 502])
def test_a_proxy_that_refuses_is_named_and_tried_again(
        serve, tunnel, listen, store, authority, proxy, status):
    proxy.refusal = status
    simulator = serve("--posts", 300, "--rate", 3000, "--wait-for", 1)
    front = tunnel(simulator, authority.sign("localhost"))
    listener = listen(
        f"https://localhost:{front.port}", CA_FILE=authority.file,
        environment={"https_proxy": proxy.url})
    listener.wait_for_log(f"CONNECT tunnel failed, response {status}")
    proxy.refusal = None
    finish(listener, simulator, store)


# Addresses and names


def test_where_only_one_of_a_names_addresses_answers_it_is_found(serve, listen, store):
    simulator = serve("--posts", 300, "--rate", 3000, "--wait-for", 1)
    # libcurl knows both addresses of localhost by itself; the simulator has one of them.
    with socket.socket(socket.AF_INET6) as client:
        assert client.connect_ex(("::1", simulator.port)) != 0
    listener = listen(f"http://localhost:{simulator.port}")
    finish(listener, simulator, store)


def test_a_name_that_moves_is_followed_at_the_next_connection(
        serve, tunnel, listen, store, authority, tmp_path):
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        pytest.skip("a mount namespace, for a hosts file of its own, takes root")
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 stream.example\n")
    mount = 'mount --bind "$1" /etc/hosts && shift && exec "$@"'
    simulator = serve("--posts", 900, "--rate", 300, "--wait-for", 1)
    certificate = authority.sign("stream.example")
    before = tunnel(simulator, certificate)
    listener = listen(
        f"https://stream.example:{before.port}", CA_FILE=authority.file,
        prefix=["unshare", "--mount", "sh", "-c", mount, "sh", hosts])
    wait_for(lambda: listener.lines_synced > 0, "lines on the disk")
    hosts.write_text("127.0.0.2 stream.example\n")
    before.kill()
    listener.wait_for_log("disconnected: ")
    tunnel(simulator, certificate, host="127.0.0.2", port=before.port)
    wait_for(lambda: listener.log.count("connected (") >= 2, "the connection to the new address")
    assert listener.stop() == 0


def test_a_name_that_nobody_knows_is_tried_again(listen):
    listener = listen("https://nowhere.invalid")
    wait_for(lambda: listener.log.count("Could not resolve host") >= 2, "two attempts", 60)
    assert listener.is_running
    assert listener.stop() == 0


def test_an_address_that_swallows_packets_is_given_up_and_tried_again(listen):
    # Linux drops what asks for a connection while the queue of those not accepted is full.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            listener = listen(f"http://127.0.0.1:{port}")
            listener.wait_for_log("next attempt in", seconds=60)
            assert "imed out" in listener.log or "imeout" in listener.log
            assert listener.stop() == 0
