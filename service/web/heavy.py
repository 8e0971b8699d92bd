"""Long work of a request, away from the process that answers: `work` in processes of its own, so that reads stay quick."""

from __future__ import annotations

import asyncio
import functools
import multiprocessing
import signal
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

from hege.engine.text import Text
from hege.service.web.problems import Refused


def _left_alone() -> None:
    """Ctrl+C is for the service, which stops its processes itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


P = ParamSpec("P")
R = TypeVar("R")


class Heavy:
    """Runs module-level functions whose arguments and results can be sent to another process."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._pool = self._new()

    def _new(self) -> Executor:
        """Without processes, as in tests, threads do."""
        if not self._processes:
            return ThreadPoolExecutor(2)
        return ProcessPoolExecutor(
            self._processes, mp_context=multiprocessing.get_context("spawn"), initializer=_left_alone
        )

    async def run(self, work: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """The result; what the work raises is raised here."""
        call = functools.partial(work, *arguments, **named)
        pool = self._pool
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, call)
        except BrokenProcessPool:
            if pool is self._pool:
                self._pool = self._new()
            raise Refused(
                503,
                "busy",
                Text(zh="处理进程中断，请重试", en="the process at work was stopped; try again"),
                retry_after="1",
            ) from None

    def stop(self) -> None:
        """Waits for nothing that has not begun."""
        self._pool.shutdown(wait=False, cancel_futures=True)
