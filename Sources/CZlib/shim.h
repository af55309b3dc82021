#pragma once

#include <zlib.h>

// deflateInit2 and inflateInit2 are macros, which Swift does not import.

// 15 is the largest window; adding 16 asks zlib for a gzip header and trailer.
static inline int czlib_deflate_init_gzip(z_streamp stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

static inline int czlib_inflate_init_gzip(z_streamp stream) {
    return inflateInit2(stream, 15 + 16);
}
