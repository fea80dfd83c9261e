"""Run tasks in a process of low priority: requests on the standard input, results on the standard output.

The process ends with the server, also when the server is killed.
"""

import gc
import importlib
import logging
import os
import queue
import sys
from contextlib import suppress
from threading import Event, Thread
from typing import Any, BinaryIO

import cv2

from demo.renders.messages import LOAD, STOP, TaskRequest, TaskResult, pack, read
from model.images.arrays import BadImage

NICENESS = 15
NO_MEMORY = -4  # OpenCV's code
TOO_MUCH = (
    "This picture needs more memory than this server gives to one picture. Please use a smaller picture."
)
FAILED = "This picture could not be processed. Please try another one."

logger = logging.getLogger("harmonylab.renders")


def main() -> None:
    """Run the setup, which is the first message, and then every task, until the input ends."""
    requests, results = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a method prints must not mix with the results
    lower_priority()
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    stopped = Event()
    Thread(target=_listen, args=(requests, waiting, stopped), daemon=True).start()
    gc.disable()  # until the setup is done, as in app.py
    if LOAD in sys.argv:
        _load_libraries()
    context: Any = None
    first = True
    while True:
        request = waiting.get()
        stopped.clear()
        if first:
            result = _run(TaskRequest(request, (stopped,)), ())
            context, result, first = result.value, TaskResult(error=result.error), False
            gc.freeze()
            gc.enable()
        else:
            result = _run(request, (context,))
        results.write(pack(result))
        results.flush()


def _load_libraries() -> None:
    """Import what takes longest, which every setup needs, before the first message comes."""
    with suppress(ImportError):  # a setup that needs it reports the fault
        importlib.import_module("demo.renders.tasks")
        importlib.import_module("torch")


def _listen(requests: BinaryIO, waiting: "queue.SimpleQueue[Any]", stopped: Event) -> None:
    try:
        while True:
            message = read(requests)
            if message == STOP:
                stopped.set()
            else:
                waiting.put(message)
    except EOFError:
        os._exit(0)  # the server has ended, so nobody waits for the running task
    # A thread that ended would leave the process without any input.
    except Exception:
        logger.exception("A task request cannot be read")
        os._exit(1)


def _run(request: TaskRequest, context: tuple[Any, ...]) -> TaskResult:
    _limit_memory(request.memory)
    try:
        return TaskResult(request.function(*context, *request.arguments))
    except (BadImage, KeyError) as error:
        return TaskResult(error=error)
    except MemoryError:
        return TaskResult(error=BadImage(TOO_MUCH))
    except cv2.error as error:
        return TaskResult(error=BadImage(TOO_MUCH if error.code == NO_MEMORY else FAILED))
    # A task calls methods and libraries that may raise anything; the process has to run the next task.
    except Exception:
        logger.exception("A task failed: %s", getattr(request.function, "__name__", "setup"))
        return TaskResult(error=BadImage(FAILED))


def lower_priority() -> None:
    """Lower the priority for the processor; let Linux end this process first when memory runs out."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("800")
    except OSError:  # not on Linux, or not permitted
        pass


def _limit_memory(allowance: int | None) -> None:
    """Limit the memory of the process to what it holds and `allowance` bytes more (Linux only).

    Allocations beyond the limit raise MemoryError; None removes the limit.
    """
    if sys.platform != "linux":
        return
    import resource

    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    wanted = hard if allowance is None else _held() + allowance
    resource.setrlimit(
        resource.RLIMIT_DATA, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
    )


def _held() -> int:
    """Return the bytes of private memory that this process holds."""
    with open("/proc/self/status", encoding="ascii") as file:
        lines = dict(line.split(":", 1) for line in file)
    return int(lines["VmData"].split()[0]) * 1024


if __name__ == "__main__":
    main()
