"""python_isal.py IN OUT: two processes, ISA-L, orjson, all lines in memory, sorted, zlib-ng.

The fastest that a few lines of Python are.
"""

import glob
import sys
from multiprocessing import Pool

import orjson
from isal import igzip
from zlib_ng import zlib_ng

CHUNK_BYTES = 4 << 20


def read(file):
    with open(file, "rb") as handle:
        return igzip.decompress(handle.read())


def scan(file):
    content = read(file)
    found = []
    start = 0
    while (end := content.find(b"\n", start)) >= 0:
        post = orjson.loads(content[start:end])
        number = int(post["data"]["id"] if "data" in post else post["id_str"])
        found.append((number, start, end + 1))
        start = end + 1
    return file, found


def deflate(chunk):
    return zlib_ng.compress(chunk, 6, 31)


def chunks(lines):
    held, size = [], 0
    for number in sorted(lines):
        line = lines.pop(number)
        held.append(line)
        size += len(line)
        if size > CHUNK_BYTES:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def main():
    files = sorted(glob.glob(f"{sys.argv[1]}/zone-*/**/*.gz", recursive=True))
    lines = {}
    with Pool(2) as pool:
        for file, found in pool.imap(scan, files):
            content = None
            for number, start, end in found:
                if number not in lines:
                    content = content or read(file)
                    lines[number] = content[start:end]
        with open(sys.argv[2], "wb") as out:
            for member in pool.imap(deflate, chunks(lines)):
                out.write(member)


if __name__ == "__main__":
    main()
