"""Gives programs a wall clock that runs faster from one moment on; their monotonic clocks do not."""

import time

from preloaded import compiled

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

// From the milliseconds since 1970 in the file CLOCK_START on, CLOCK_LAPSE times as fast.
int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = ((typeof(&clock_gettime))dlsym(RTLD_NEXT, "clock_gettime"))(clock, time);
    static _Atomic long long start = 0;
    if (clock != CLOCK_REALTIME) return result;
    if (start == 0) {
        char text[32] = {0};
        int file = open(getenv("CLOCK_START"), O_RDONLY | O_CLOEXEC);
        if (file < 0) return result;
        if (read(file, text, sizeof text - 1) > 0) start = atoll(text);
        close(file);
    }
    long long now = time->tv_sec * 1000LL + time->tv_nsec / 1000000;
    if (start == 0 || now < start) return result;
    long long hurried = start + (now - start) * atoll(getenv("CLOCK_LAPSE"));
    time->tv_sec = hurried / 1000;
    time->tv_nsec = hurried % 1000 * 1000000;
    return result;
}
"""


class HurriedClock:
    def __init__(self, folder, lapse):
        self._start = folder / "clock.start"
        self.environment = {
            "LD_PRELOAD": compiled(SOURCE, folder / "hurriedclock.so"),
            "CLOCK_START": self._start, "CLOCK_LAPSE": lapse}

    def begin(self):
        fresh = self._start.with_suffix(".new")
        fresh.write_text(str(int(time.time() * 1000)))
        fresh.rename(self._start)
