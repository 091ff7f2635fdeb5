"""Run a project's own benchmarks and write down what each took.  A script, run by path.

Arguments: what the benchmarks are written for, ``timed`` or ``once``, the file for the
seconds by benchmark, and the files or folders.  With ``once`` each runs as often as in
every other run, so that calls can be compared; then the seconds mean nothing.  It is
run by every Python that builds for abi3, so it keeps to what 3.9 knows.

The runs are short, since each is repeated with both builds in turns.
"""

from __future__ import annotations

import io
import json
import math
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

_ONCE = "once"
_NO_TIME = "0.000000001"


def run_pytest_benchmark(paths: list[str], how: str) -> dict[str, float]:
    """Return the medians that pytest-benchmark writes.

    https://pytest-benchmark.readthedocs.io/en/stable/usage.html#commandline-options
    """
    options = ["--benchmark-max-time=0.02", "--benchmark-min-rounds=1"]
    if how == _ONCE:
        options = [
            *("--benchmark-min-rounds=1", f"--benchmark-max-time={_NO_TIME}"),
            *(f"--benchmark-min-time={_NO_TIME}", "--benchmark-warmup=off"),
        ]
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "result.json")
        words = ["-q", f"--override-ini=cache_dir={folder}", "--benchmark-only"]
        options.append(f"--benchmark-json={result}")
        run_python("-m", "pytest", *words, *options, *paths)
        benchmarks = json.loads(result.read_text(encoding="utf-8"))["benchmarks"]
    return {each["fullname"]: each["stats"]["median"] for each in benchmarks}


def run_pyperf(paths: list[str], how: str) -> dict[str, float]:
    """Return the medians that pyperf's runner writes, of one process for each.

    https://pyperf.readthedocs.io/en/latest/runner.html
    """
    import pyperf

    options = ["--debug-single-value"]
    if how != _ONCE:
        options = ["--processes=1", "--values=5", "--warmups=1", "--min-time=0.02"]
    found = {}
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            result = os.path.join(folder, "result.json")  # noqa: PTH118 - for pyperf
            # Its processes get no variables else, such as the one that counts calls.
            run_python(path, *options, "--copy-env", f"--output={result}")
            for each in pyperf.BenchmarkSuite.load(result).get_benchmarks():
                found[f"{path}: {each.get_name()}"] = each.median()
    return found


def run_asv(paths: list[str], how: str) -> dict[str, float]:
    """Return the medians of the samples of benchmarks whose type is ``time``.

    They run as asv runs them in each of its processes, but all of a folder in one.
    https://asv.github.io/asv_runner/
    """
    found = {}
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            # Folders of the same name would be one package.
            result = Path(folder, "result.json")
            run_python(__file__, "folder of asv", how, str(result), path)
            found.update(json.loads(result.read_text(encoding="utf-8")))
    return found


def run_folder_of_asv(paths: list[str], how: str) -> dict[str, float]:
    """Run the benchmarks of one folder in this process."""
    from asv_runner.discovery import list_benchmarks

    (path,) = paths
    listed = io.StringIO()
    list_benchmarks(path, listed)
    found = {}
    caches: dict[str, bytes] = {}
    for each in json.loads(listed.getvalue()):
        if each["type"] == "time":
            found.update(_time_with_asv(path, each, caches, how))
    return found


def _time_with_asv(
    path: str, facts: dict[str, Any], caches: dict[str, bytes], how: str
) -> dict[str, float]:
    from asv_runner.discovery import get_benchmark_from_name

    # https://asv.readthedocs.io/en/latest/benchmarks.html#timing-benchmarks
    extra = {"repeat": 5, "warmup_time": 0.02, "rounds": 1}
    if how == _ONCE:
        extra = {"repeat": 1, "warmup_time": 0, "rounds": 1, "number": 1}
        extra["min_run_count"] = 1
    names = [facts["name"]]
    if facts["params"]:
        count = math.prod(map(len, facts["params"]))
        names = [f"{facts['name']}-{number}" for number in range(count)]
    found = {}
    for name in names:
        benchmark = get_benchmark_from_name(path, name, extra_params=extra)
        key = benchmark.setup_cache_key
        if key is not None and key not in caches:
            caches[key] = pickle.dumps(benchmark.do_setup_cache())
        benchmark.set_cache(None if key is None else pickle.loads(caches[key]))  # noqa: S301 - made above
        seconds = _seconds_of(name, benchmark)
        if seconds is not None:
            found[f"{path}: {name}"] = seconds
    return found


def _seconds_of(name: str, benchmark: Any) -> float | None:  # noqa: ANN401 - asv's
    """Return the median, or None if the benchmark's setup says that it is skipped."""
    from statistics import median

    try:
        if benchmark.do_setup():
            return None
        try:
            return float(median(benchmark.do_run()["samples"]))
        finally:
            benchmark.do_teardown()
    except Exception as fault:
        if type(fault).__name__ == "SkipNotImplemented":
            return None
        message = f"{name}: {type(fault).__name__}: {fault}"
        raise SystemExit(message) from fault


def run_python(*words: str) -> None:
    """Run this Python; end as it ends if that is not well."""
    status = subprocess.run([sys.executable, *words], check=False).returncode
    if status:
        raise SystemExit(status)


_RUN = {
    "pytest-benchmark": run_pytest_benchmark,
    "asv": run_asv,
    "folder of asv": run_folder_of_asv,
    "pyperf": run_pyperf,
}

if __name__ == "__main__":
    # Modules of abi3build lie beside this script, with names that others have too.
    del sys.path[0]
    own_kind, how, results, *places = sys.argv[1:]
    # Nothing is written beside the project's own files.
    sys.pycache_prefix = os.path.abspath("bytecode")  # noqa: PTH100 - the same
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
    seconds_by_name = _RUN[own_kind](places, how)
    Path(results).write_text(json.dumps(seconds_by_name), encoding="utf-8")
