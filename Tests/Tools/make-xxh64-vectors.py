"""Writes Tests/SharedTests/Fixtures/xxh64.txt with the reference implementation of XXH64.

Needs the package xxhash from PyPI. Each line: a length and the digest, as a signed 64-bit integer,
of that many bytes, of which the i-th is (i * 167 + length) modulo 251.

    python3 make-xxh64-vectors.py > ../SharedTests/Fixtures/xxh64.txt
"""

import struct

import xxhash

LENGTHS = [*range(0, 300), 1000, 4095, 4096, 4097, 100_000]

for length in LENGTHS:
    content = bytes((i * 167 + length) % 251 for i in range(length))
    (digest,) = struct.unpack("<q", struct.pack("<Q", xxhash.xxh64_intdigest(content, seed=0)))
    print(length, digest)
