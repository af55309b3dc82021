"""Makes gzip files as crashes and disks leave them, with Python's zlib."""

import gzip
import subprocess
import zlib

TRAILER = 8


def member(lines, level=6):
    """One whole member of these lines."""
    return gzip.compress(b"".join(line + b"\n" for line in lines), level, mtime=0)


def torn(lines, keep=0.6, level=6):
    """A member of which the end is missing, and the lines of it that Python can inflate."""
    whole = member(lines, level)
    return cut(whole[:int(len(whole) * keep)])


def cut(content):
    """What was cut, and its whole lines."""
    raw = zlib.decompressobj(31).decompress(content)
    return content, raw.split(b"\n")[:-1]


def flushed(lines):
    """What a program leaves that is killed behind a flush: every line, and no trailer."""
    deflater = zlib.compressobj(6, zlib.DEFLATED, 31)
    return (deflater.compress(b"".join(line + b"\n" for line in lines))
            + deflater.flush(zlib.Z_SYNC_FLUSH))


def wrong_crc(lines):
    content = bytearray(member(lines))
    content[-TRAILER] ^= 1
    return bytes(content)


def bomb(size):
    """Zeros that nobody wants to have inflated, without holding them."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = bytes(1 << 20)
    return b"".join(deflater.compress(piece) for _ in range(size >> 20)) + deflater.flush()


def zcat_fails(path):
    return subprocess.run(["zcat", path], capture_output=True, check=False).returncode != 0


def python_fails(path):
    try:
        with gzip.open(path) as file:
            while file.read(1 << 20):
                pass
    except (OSError, EOFError, zlib.error):
        return True
    return False
