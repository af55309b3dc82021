"""Gives a program a wall clock that somebody sets; its monotonic clock goes on as it was."""

from preloaded import compiled

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

// The seconds in the file CLOCK_STEP are added; a byte goes into CLOCK_LOG where they are not 0.
int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = ((typeof(&clock_gettime))dlsym(RTLD_NEXT, "clock_gettime"))(clock, time);
    if (clock != CLOCK_REALTIME) return result;
    char text[32] = {0};
    int file = open(getenv("CLOCK_STEP"), O_RDONLY | O_CLOEXEC);
    if (file < 0) return result;
    if (read(file, text, sizeof text - 1) < 0) text[0] = 0;
    close(file);
    time->tv_sec += atol(text);
    if (atol(text) == 0) return result;
    int log = open(getenv("CLOCK_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (write(log, "!", 1) < 0) abort();
    close(log);
    return result;
}
"""


class SteppedClock:
    def __init__(self, folder):
        self._library = compiled(SOURCE, folder / "steppedclock.so")
        self._step = folder / "step"
        self._log = folder / "step.log"
        self.environment = {
            "LD_PRELOAD": self._library, "CLOCK_STEP": self._step, "CLOCK_LOG": self._log}

    def step(self, seconds):
        fresh = self._step.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.rename(self._step)

    @property
    def readings(self):
        """How often the time was read while it was off."""
        return self._log.stat().st_size if self._log.exists() else 0
