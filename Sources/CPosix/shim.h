#pragma once

#include <stdint.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

// The members of timespec belong to one module or another depending on what else is imported, so
// Swift is handed plain numbers.

static inline int64_t cposix_wall_clock_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct cposix_version {
    uint64_t inode;
    int64_t bytes;
    int64_t seconds;
    int64_t nanoseconds;
};

// Returns 0, or -1 with errno set.
static inline int cposix_file_version(int descriptor, struct cposix_version *version) {
    struct stat status;
    if (fstat(descriptor, &status) != 0) return -1;
    version->inode = status.st_ino;
    version->bytes = status.st_size;
    version->seconds = status.st_mtim.tv_sec;
    version->nanoseconds = status.st_mtim.tv_nsec;
    return 0;
}

// What an unprivileged user may still write to the file system of a path: bytes, or -1 with errno
// set.
static inline int64_t cposix_free_bytes(const char *path) {
    struct statvfs status;
    if (statvfs(path, &status) != 0) return -1;
    return (int64_t)status.f_bavail * (int64_t)status.f_frsize;
}
