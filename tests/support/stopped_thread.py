"""Stops one thread of a process that we started, as a debugger does, and lets the others run.

SIGSTOP cannot do that: it stops the whole process, the admin thread too, and then nobody answers a probe.

    with StoppedThread(pid, "worker-0") as thread:
        thread.step()            # on to where it next enters or leaves the kernel

The tracer is the Python thread that made it; every call has to come from there.
"""

import ctypes
import os
import pathlib
import time

import pytest

SEIZE, INTERRUPT, SYSCALL, DETACH = 0x4206, 0x4207, 24, 17  # PTRACE_..., the same on every machine
ANY_KIND_OF_CHILD = 0x40000000  # __WALL: threads are not children of the usual kind
STEPS_MAX = 20


class StoppedThread:
    """PermissionError where the machine forbids it, as some containers do. The first thread of that name: those that a
    sanitizer starts are named as the main thread."""

    def __init__(self, pid, name):
        self._library = ctypes.CDLL(None, use_errno=True)
        self._library.ptrace.restype = ctypes.c_long
        tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
        self._id = min(int(task.name) for task in tasks if (task / "comm").read_text().strip() == name)
        self._trace(SEIZE)
        self._trace(INTERRUPT)
        self._wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._trace(DETACH)
        except ProcessLookupError:  # its process was killed meanwhile: who traces a thread has to bury it
            os.waitpid(self._id, ANY_KIND_OF_CHILD)

    def step(self):
        self._trace(SYSCALL)
        self._wait()

    def _wait(self):
        _, status = os.waitpid(self._id, ANY_KIND_OF_CHILD)
        assert os.WIFSTOPPED(status), status

    def _trace(self, request):
        arguments = [ctypes.c_long(request), ctypes.c_long(self._id), ctypes.c_void_p(None), ctypes.c_void_p(None)]
        if self._library.ptrace(*arguments) != 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))


def stop_or_skip(gateway, name):
    try:
        return StoppedThread(gateway.process.pid, name)
    except PermissionError:
        pytest.skip("this machine lets nobody stop a thread")


def step_into_work(thread, gateway, dump_after_ms):
    """Until a worker is stuck with what waits for it: who sleeps is not, so it goes on a system call at a time."""
    for _ in range(STEPS_MAX):
        thread.step()
        deadline = time.monotonic() + 0.5 + dump_after_ms / 1000
        while time.monotonic() < deadline:
            if any(event["event"] == "worker_stuck" for event in gateway.events):
                return
            time.sleep(0.02)
    raise AssertionError(f"no worker_stuck after {STEPS_MAX} steps")
