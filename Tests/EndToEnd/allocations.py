"""Counts the allocations of a program by a library preloaded."""

from preloaded import compiled

SOURCE = r"""
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// glibc's own, under names that nothing stands in front of.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static atomic_long calls;

void *malloc(size_t bytes) {
    atomic_fetch_add(&calls, 1);
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes) {
    atomic_fetch_add(&calls, 1);
    return __libc_calloc(count, bytes);
}

void *realloc(void *old, size_t bytes) {
    atomic_fetch_add(&calls, 1);
    return __libc_realloc(old, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    atomic_fetch_add(&calls, 1);
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **result, size_t alignment, size_t bytes) {
    atomic_fetch_add(&calls, 1);
    void *made = __libc_memalign(alignment, bytes);
    if (!made) return ENOMEM;
    *result = made;
    return 0;
}

__attribute__((destructor)) static void say(void) {
    int file = open(getenv("ALLOCATIONS_FILE"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dprintf(file, "%ld\n", atomic_load(&calls));
    close(file);
}
"""


class Allocations:
    """The library, and the environment that has a program counted."""

    def __init__(self, folder):
        self._file = folder / "allocations"
        self.environment = {
            "LD_PRELOAD": str(compiled(SOURCE, folder / "allocations.so")),
            "ALLOCATIONS_FILE": str(self._file)}

    def take(self):
        """Of the program that ended last; once, so that one that was not counted is noticed."""
        count = int(self._file.read_text())
        self._file.unlink()
        return count
