"""A private authority, the certificates it signs, and TLS in front of a port of the loopback."""

import pathlib
import shutil
import socket
import subprocess

from simulator import wait_for

CONFIGURATION = """
[ca]
default_ca = ours
[ours]
database = {folder}/index.txt
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = anything
unique_subject = no
[anything]
commonName = supplied
"""

NOW = ("20200101000000Z", "20990101000000Z")
PAST = ("20200101000000Z", "20200201000000Z")


def openssl(*arguments):
    subprocess.run(
        ["openssl", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)


class Authority:
    """Signs for any name and time; `file` is what makes a client trust it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.file, self._key = self.folder / "ca.pem", self.folder / "ca.key"
        (self.folder / "index.txt").touch()
        (self.folder / "serial").write_text("01\n")
        (self.folder / "ca.cnf").write_text(CONFIGURATION.format(folder=self.folder))
        openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Authority of a test",
            "-addext", "basicConstraints=critical,CA:TRUE", "-days", 30, "-keyout", self._key,
            "-out", self.file)

    def sign(self, name, span=NOW):
        """Returns a file with a key and a certificate for the name."""
        key, request, certificate = (self.folder / f"{name}.{end}" for end in ("key", "csr", "crt"))
        names = self.folder / f"{name}.ext"
        names.write_text(f"subjectAltName = DNS:{name}\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key,
                "-out", request)
        openssl("ca", "-batch", "-config", self.folder / "ca.cnf", "-cert", self.file,
                "-keyfile", self._key, "-in", request, "-out", certificate, "-notext",
                "-extfile", names, "-startdate", span[0], "-enddate", span[1])
        return self._joined(name, key, certificate)

    def self_signed(self, name):
        """The same without anybody's word for it."""
        key, certificate = self.folder / "self.key", self.folder / "self.crt"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-addext",
                f"subjectAltName=DNS:{name}", "-days", 30, "-keyout", key, "-out", certificate)
        return self._joined("self", key, certificate)

    def _joined(self, name, key, certificate):
        file = self.folder / f"{name}.pem"
        file.write_bytes(key.read_bytes() + certificate.read_bytes())
        return file


def free_port(host="127.0.0.1"):
    with socket.create_server((host, 0)) as server:
        return server.getsockname()[1]


class Tunnel:
    """stunnel: takes TLS at a port of its own and passes it on in plain."""

    def __init__(self, folder, certificate, target, *, host="127.0.0.1", port=None, options=()):
        self.port = port or free_port(host)
        program = shutil.which("stunnel4") or shutil.which("stunnel")
        assert program, "stunnel is missing: deploy/packages --tests installs it"
        configuration = pathlib.Path(folder) / f"stunnel-{host}-{self.port}.conf"
        lines = [
            "foreground = yes", "pid =", "[stream]", f"accept = {host}:{self.port}",
            f"connect = 127.0.0.1:{target}", f"cert = {certificate}", "TIMEOUTclose = 0", *options]
        configuration.write_text("\n".join(lines) + "\n")
        with open(configuration.with_suffix(".log"), "ab") as log:
            self._process = subprocess.Popen([program, configuration], stdout=log, stderr=log)
        wait_for(lambda: self._accepts(host) or self._process.poll() is not None, "the tunnel")
        assert self._process.poll() is None, configuration.with_suffix(".log").read_text()

    def _accepts(self, host):
        with socket.socket() as client:
            return client.connect_ex((host, self.port)) == 0

    def kill(self):
        """Ends it at once: TCP is closed, and TLS is not."""
        self._process.kill()
        self._process.wait()
