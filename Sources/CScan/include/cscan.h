#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A line that is a post beyond doubt.
struct cscan_post {
    int64_t id;
    // The value of `data`, or the whole line where there is none: offsets in the line.
    uint32_t body_start;
    uint32_t body_end;
};

// Whether this processor can run cscan_post_of.
bool cscan_is_supported(void);

// Reads a line that is one compact JSON object of RFC 8259, without white space between tokens, and
// has a plain id at its place, 64 bytes at a time. Returns false for every other line, among them
// valid ones: what they are is for a reader of the whole grammar to say.
bool cscan_post_of(const uint8_t *line, size_t count, struct cscan_post *post);
