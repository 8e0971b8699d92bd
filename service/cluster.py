"""Processes that share the work of `replay` and `impact`: Dask distributed, on this machine or elsewhere.

The one module that knows Dask. What a part is and how parts become one result is `engine.parts`; the result does not
depend on how many there are or who computes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from hege.engine.text import Text
from hege.service.bilingual import option

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

PARTS_A_WORKER = 4  # so that a lost worker costs little, and none waits long for the last
RETRIES = 3
PATIENCE = "30s"  # for a scheduler to answer


def cluster_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--workers` and `--scheduler` to a command."""
    workers = option(
        "--workers", type=click.IntRange(min=1), metavar="N",
        about=Text(zh="由本机N个进程分担。", en="Share the work among N processes of this machine."),
    )  # fmt: skip
    scheduler = option(
        "--scheduler", metavar="ADDRESS",
        about=Text(zh="由Dask集群分担，如tcp://10.0.0.1:8786。", en="Share it in a Dask cluster, such as tcp://10.0.0.1:8786."),
    )  # fmt: skip
    chosen: Callable[..., Any] = workers(scheduler(function))
    return chosen


class Cluster:
    """Workers that can be given work."""

    def __init__(self, client: Client, local: LocalCluster | None, workers: int) -> None:
        self.client = client
        self.local = local
        self.parts = workers * PARTS_A_WORKER

    def run(self, function: Callable[[Any], Any], things: Sequence[Any]) -> list[Any]:
        """The function of each thing, in their order; what a lost worker had is computed again by another."""
        return self.gathered(self.submitted(function, things))

    def submitted(self, function: Callable[[Any], Any], things: Sequence[Any]) -> list[Any]:
        """Work that has been given out."""
        return [self.client.submit(function, thing, pure=False, retries=RETRIES) for thing in things]

    def gathered(self, given: Sequence[Any]) -> list[Any]:
        """Its results."""
        return list(self.client.gather(list(given)))

    def processes(self) -> list[int]:
        """The process ids of the workers of this machine."""
        workers = self.local.workers.values() if self.local is not None else ()
        return [worker.pid for worker in workers]


@contextmanager
def cluster(workers: int | None, scheduler: str | None) -> Iterator[Cluster | None]:
    """The workers that were asked for; None when none were, and one process does it all."""
    if workers is None and scheduler is None:
        yield None
        return
    from hege.engine.ledger.database import refusal

    if workers is not None and scheduler is not None:
        raise refusal(
            "--workers", "bad-cluster", "--workers与--scheduler只能用一个", "use either --workers or --scheduler"
        )
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise refusal(
            "--workers" if workers else "--scheduler", "no-dask", "没有安装Dask，不能分到多个进程", "Dask is not installed, so the work cannot be shared",
            Text(zh="pip install 'hege[cluster]'", en="pip install 'hege[cluster]'"),
        ) from None  # fmt: skip
    if workers is not None:
        with (
            LocalCluster(
                n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50,
                worker_dashboard_address="127.0.0.1:0", env={"POLARS_MAX_THREADS": "1"},
            ) as local,
            Client(local, timeout=PATIENCE) as client,
        ):  # fmt: skip
            yield Cluster(client, local, workers)
        return
    try:
        client = Client(scheduler, timeout=PATIENCE)
        client.wait_for_workers(1, timeout=30)
    except (OSError, TimeoutError, ValueError) as error:
        raise refusal(
            "--scheduler", "no-scheduler", f"连不上调度器{scheduler}，或它没有工作进程：{error}", f"cannot reach the scheduler {scheduler}, or it has no workers: {error}",
            Text(zh="地址写成tcp://主机:8786；先启动dask scheduler与dask worker", en="write it as tcp://HOST:8786, and start dask scheduler and dask worker first"),
        ) from error  # fmt: skip
    with client:
        yield Cluster(client, None, len(client.scheduler_info(n_workers=-1)["workers"]))
