"""Lets a program's n-th write, sync or rename in a directory fail, or be its last, by a library
preloaded."""

from preloaded import compiled

KILL = -1

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_int calls;

static int is_below(const char *path) {
    const char *folder = getenv("FAULT_BELOW");
    size_t length = folder ? strlen(folder) : 0;
    return length && strncmp(path, folder, length) == 0 && (!path[length] || path[length] == '/');
}

static int is_file_below(int descriptor) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t count = readlink(link, path, sizeof path - 1);
    if (count < 0) return 0;
    path[count] = 0;
    return is_below(path);
}

// Whether this call of `operation` is one that fails; says so in the file FAULT_LOG.
static int fails(const char *operation) {
    const char *only = getenv("FAULT_ONLY");
    if (only && *only && strcmp(only, operation) != 0) return 0;
    int number = atomic_fetch_add(&calls, 1) + 1;
    int at = atoi(getenv("FAULT_AT"));
    if (number < at || (number > at && !getenv("FAULT_ON"))) return 0;
    int log = open(getenv("FAULT_LOG"), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dprintf(log, "%d %s\n", number, operation);
    close(log);
    errno = atoi(getenv("FAULT_ERRNO"));
    if (errno < 0) kill(getpid(), SIGKILL);
    return 1;
}

#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int descriptor, const void *bytes, size_t count) {
    if (is_file_below(descriptor) && fails("write")) return -1;
    return REAL(write)(descriptor, bytes, count);
}

int fdatasync(int descriptor) {
    if (is_file_below(descriptor) && fails("fdatasync")) return -1;
    return REAL(fdatasync)(descriptor);
}

int fsync(int descriptor) {
    if (is_file_below(descriptor) && fails("fsync")) return -1;
    return REAL(fsync)(descriptor);
}

int rename(const char *source, const char *target) {
    if (is_below(source) && fails("rename")) return -1;
    return REAL(rename)(source, target);
}
"""


class FaultyDisk:
    """The library, and the environment that arms it; compiled with the system's gcc."""

    def __init__(self, folder):
        self._library = compiled(SOURCE, folder / "faultydisk.so")
        self._log = folder / "faults.log"

    def environment(self, below, at, number, only="", goes_on=False):
        """From call `at` on, counted from 1, or there alone, calls fail with errno `number`, or
        the program is killed instead of the call."""
        self._log.unlink(missing_ok=True)
        armed = {
            "LD_PRELOAD": self._library, "FAULT_BELOW": below, "FAULT_AT": at,
            "FAULT_ERRNO": number, "FAULT_ONLY": only, "FAULT_LOG": self._log}
        return armed | ({"FAULT_ON": "1"} if goes_on else {})

    @property
    def fired(self):
        """What failed, such as `["7 fdatasync"]`."""
        return self._log.read_text().splitlines() if self._log.exists() else []
