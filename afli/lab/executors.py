"""Where the runs of a sweep are carried out: processes of this machine, or a Dask cluster."""

import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from ..extras import needs

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
PATIENCE = 10  # seconds that a scheduler has to answer


def cores():
    """How many processor cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


@contextmanager
def processes(workers, threads=None):
    """Worker processes that end at once when the block is left, or when this process dies.

    Parameters
    ----------
    workers : int
        How many.
    threads : int, optional
        For the numerical libraries of each; by default what they choose.

    Yields
    ------
    concurrent.futures.ProcessPoolExecutor
    """
    context = get_context("spawn")
    # Nothing is ever sent. Workers see the end of the pipe when it is closed here, by whatever.
    reader, writer = context.Pipe(duplex=False)
    with _environment({} if threads is None else dict.fromkeys(THREADS, str(threads))):
        pool = ProcessPoolExecutor(workers, context, _leave_when_closed, (reader,))
        try:
            yield pool
        finally:
            writer.close()
            pool.shutdown(cancel_futures=True)
            reader.close()


def _leave_when_closed(reader):
    """Let a worker live as long as the pipe, and leave Ctrl-C to the process that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch():
        reader.poll(None)
        os._exit(0)  # in mid-run: what is half-done starts from its checkpoint

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _environment(values):
    """Set environment variables, which processes started in the block inherit."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def dask(address):
    """The workers of a Dask scheduler, as an executor.

    The folder of the sweep must be on a disk that all workers share, and every worker needs this
    package and the same data. Give a worker one thread, because a run uses one:

        dask scheduler --port 8786
        dask worker tcp://HOST:8786 --nthreads 1 --nworkers 8

    Under Slurm, dask-jobqueue starts both:

        from dask_jobqueue import SLURMCluster
        cluster = SLURMCluster(cores=8, processes=8, memory="32GB", walltime="04:00:00")
        cluster.scale(jobs=4)
        print(cluster.scheduler_address)       # for --scheduler; keep this process alive

    and on Kubernetes dask-kubernetes does, with the shared disk as a volume of the worker's
    specification:

        from dask_kubernetes.operator import KubeCluster
        cluster = KubeCluster(name="afli", image="...", n_workers=8)
        print(cluster.scheduler_address)

    Parameters
    ----------
    address : str
        Such as "tcp://10.0.0.1:8786".

    Yields
    ------
    concurrent.futures.Executor

    Raises
    ------
    ModuleNotFoundError
        If distributed is not installed.
    OSError
        If nothing answers at the address.
    """
    with needs("cluster"):
        from distributed import Client
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise OSError(
            f"no Dask scheduler answers at {address} ({error}): start one with "
            "dask scheduler, or correct the address"
        ) from None
    with client:
        # A task that is done twice does no harm: claims see to that.
        yield client.get_executor(pure=False, retries=0)
