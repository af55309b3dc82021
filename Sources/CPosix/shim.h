#pragma once

#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

// The members of timespec belong to one module or another depending on what else is imported, so
// Swift is handed plain numbers.

// Of the calling thread, user and system.
static inline int64_t cposix_thread_cpu_nanoseconds(void) {
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

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

static inline bool cposix_is_directory(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

// Which file a descriptor stands for. Returns 0, or -1 with errno set.
static inline int cposix_file_identity(int descriptor, uint64_t *device, uint64_t *inode) {
    struct stat status;
    if (fstat(descriptor, &status) != 0) return -1;
    *device = status.st_dev;
    *inode = status.st_ino;
    return 0;
}

// Processor time of the process, of the user and of the kernel.
static inline int64_t cposix_cpu_microseconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000
        + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

// Sends one datagram to a socket of the file system, or an abstract one where the path begins with @.
// Returns 0, or -1 with errno set.
static inline int cposix_send_datagram(
    const char *path, const void *bytes, size_t count, int flags
) {
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, length);
    if (path[0] == '@') address.sun_path[0] = 0;
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    ssize_t sent = sendto(
        descriptor, bytes, count, flags | MSG_NOSIGNAL, (struct sockaddr *)&address,
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    int failure = errno;
    close(descriptor);
    errno = failure;
    return sent == (ssize_t)count ? 0 : -1;
}

// What an unprivileged user may still write to the file system of a path: bytes, or -1 with errno
// set.
static inline int64_t cposix_free_bytes(const char *path) {
    struct statvfs status;
    if (statvfs(path, &status) != 0) return -1;
    return (int64_t)status.f_bavail * (int64_t)status.f_frsize;
}

// The name of a directory's entry. Its record ends with the name, so that `d_name` as a whole may reach
// beyond what was read.
static inline const char *cposix_entry_name(const struct dirent *entry) { return entry->d_name; }

static inline int cposix_entry_type(const struct dirent *entry) { return entry->d_type; }

static inline void cposix_map_blocks(int bytes_min) { mallopt(M_MMAP_THRESHOLD, bytes_min); }
