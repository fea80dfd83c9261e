"""Run tasks in a process of low priority: they come in on the standard input, answers go out.

The process ends when the server does, however that ends.
"""

import logging
import os
import queue
import sys
from threading import Event, Thread
from typing import Any, BinaryIO

import cv2

from demo.renders.messages import STOP, Answer, Order, pack, read
from model.images.arrays import BadImage

NICENESS = 15
NO_MEMORY = -4  # OpenCV's code
TOO_MUCH = (
    "This picture needs more memory than this server gives to one picture. Please use a smaller picture."
)
FAILED = "This picture could not be processed. Please try another one."

logger = logging.getLogger("harmonylab.renders")


def main() -> None:
    """Answer the first message, which is the setup, and then every order, until the input ends."""
    orders, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a method prints must not come between the answers
    _stay_behind()
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    stopped = Event()
    Thread(target=_listen, args=(orders, waiting, stopped), daemon=True).start()
    context: Any = None
    first = True
    while True:
        order = waiting.get()
        stopped.clear()
        if first:
            answer = _answer(Order(order, (stopped,)), ())
            context, answer, first = answer.value, Answer(error=answer.error), False
        else:
            answer = _answer(order, (context,))
        answers.write(pack(answer))
        answers.flush()


def _listen(orders: BinaryIO, waiting: "queue.SimpleQueue[Any]", stopped: Event) -> None:
    try:
        while True:
            message = read(orders)
            if message == STOP:
                stopped.set()
            else:
                waiting.put(message)
    except EOFError:
        os._exit(0)  # the server is gone, so nobody waits for what is at work
    except Exception:
        logger.exception("An order cannot be read")
        os._exit(1)


def _answer(order: Order, context: tuple[Any, ...]) -> Answer:
    _limit_memory(order.memory)
    try:
        return Answer(order.function(*context, *order.arguments))
    except (BadImage, KeyError) as error:
        return Answer(error=error)
    except MemoryError:
        return Answer(error=BadImage(TOO_MUCH))
    except cv2.error as error:
        return Answer(error=BadImage(TOO_MUCH if error.code == NO_MEMORY else FAILED))
    # The process serves the next picture, whatever went wrong with this one.
    except Exception:
        logger.exception("A task failed: %s", getattr(order.function, "__name__", "setup"))
        return Answer(error=BadImage(FAILED))


def _stay_behind() -> None:
    """Give way to the server: for the processor, and where memory runs out."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("800")
    except OSError:  # not on Linux, or not allowed
        pass


def _limit_memory(allowance: int | None) -> None:
    """Let the process take so many bytes more; beyond them, asking for memory fails. Linux only."""
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
