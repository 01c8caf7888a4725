"""Deadlines: a request that takes too long is broken off.

All requests get the same time, so they run out in the order in which they began: one timer for the
oldest does, and a request costs no timer of its own.
"""

import asyncio
from typing import Any, Final

Task = asyncio.Task[Any]

# What was broken off but goes on, such as for tidying up, is broken off again.
_AGAIN_SECONDS: Final = 0.5


class Deadlines:
    """The running requests of one worker, and when each has to be ready."""

    def __init__(self, seconds: float) -> None:
        """Give each request so many seconds."""
        self._seconds = seconds
        self._until: dict[Task, float] = {}
        self._late: dict[Task, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> Task:
        """Start the time of the request that the current task answers, and return that task."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 (for the type checker: only tasks call this)
        loop = task.get_loop()
        until = loop.time() + self._seconds
        self._until[task] = until
        if self._timer is None:
            self._timer = loop.call_at(until, self._look, loop)
        return task

    def end(self, task: Task) -> None:
        """Stop the time."""
        if self._until.pop(task, None) is None:
            del self._late[task]

    def missed(self, task: Task) -> bool:
        """Tell whether the task was cancelled for being late; it then goes on as if it was not."""
        if task not in self._late:
            return False
        while task.uncancel():
            pass
        return True

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for task in self._late:
            task.cancel()
        following = now + _AGAIN_SECONDS
        for task, until in list(self._until.items()):
            if until > now:
                following = min(following, until) if self._late else until
                break
            del self._until[task]
            self._late[task] = None
            task.cancel()
        waited_for = self._until or self._late
        self._timer = loop.call_at(following, self._look, loop) if waited_for else None
