"""A process pool that outlives its workers: a task whose worker dies is tried again, alone, and given up in the end."""

from __future__ import annotations

import gc
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path
from typing import Any

from cleanpipe.machine import reuse_memory

#: A task whose worker has died -> what to do in its place, alone; the task itself if there is nothing else to try.
Again = Callable[[Any], Any]


def begin() -> None:
    """Workers hold many small objects and make few cycles: with the usual thresholds a third of their time goes into
    looking for some. And where memory runs out, Linux shall end a worker, not the run."""
    reuse_memory()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")


class Pool:
    """``workers`` processes, started when first needed, forked from a clean server that has imported ``preload``."""

    def __init__(self, workers: int, preload: str) -> None:
        self.workers = workers
        self._preload = preload
        self._executor: ProcessPoolExecutor | None = None

    def _start(self) -> ProcessPoolExecutor:
        if self._executor is None:
            # Not fork: DuckDB's threads run in this process. Not spawn: every worker would import everything again.
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload([self._preload])
            self._executor = ProcessPoolExecutor(self.workers, mp_context=context, initializer=begin)
        return self._executor

    def close(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None

    def map(
        self, function: Callable[[Any], Any], tasks: Iterable[Any], again: Again = lambda task: task
    ) -> Iterator[tuple[Any, Any, bool]]:
        """(task, result, True), in the order of ``tasks``; (task, None, False) for one that was given up.

        Each task that was under way when a worker died is done once more, alone, as ``again`` has it; and so on as long
        as it kills its worker and ``again`` has something else to try. Tasks are taken from the iterable only a few
        ahead of the results, so that both may be large.
        """
        waiting: deque[tuple[Any, Future[Any]]] = deque()
        source = iter(tasks)
        exhausted = False
        while True:
            while not exhausted and len(waiting) < 2 * self.workers:
                try:
                    task = next(source)
                except StopIteration:
                    exhausted = True
                    break
                waiting.append((task, self._submit(function, task)))
            if not waiting:
                return
            task, future = waiting.popleft()
            try:
                yield task, future.result(), True
            except BrokenProcessPool:
                # One task killed a worker and took the pool with it. Which one is not known: all that were under way
                # are done again one at a time, so that only the guilty one is alone when it kills again.
                self.close()
                suspects = [task, *(each for each, _ in waiting)]
                waiting.clear()
                for suspect in suspects:
                    yield self._alone(function, suspect, again)

    def _submit(self, function: Callable[[Any], Any], task: Any) -> Future[Any]:
        try:
            return self._start().submit(function, task)
        except BrokenProcessPool:  # broken by a task that is still waiting to be asked for its result
            future: Future[Any] = Future()
            future.set_exception(BrokenProcessPool())
            return future

    def _alone(self, function: Callable[[Any], Any], task: Any, again: Again) -> tuple[Any, Any, bool]:
        last, trial = None, again(task)
        while trial is not last:
            try:
                return task, self._start().submit(function, trial).result(), True
            except BrokenProcessPool:
                self.close()
                last, trial = trial, again(trial)
        return task, None, False
