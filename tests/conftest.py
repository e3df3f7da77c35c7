"""Which tests run, on how many processes, and how many examples Hypothesis draws.

`pytest` runs all tests but the slow ones on all cores; `pytest --all` (or `-m ""`) runs the slow
ones too. Tests that are named one by one (`tests/test_x.py::test_y`) run in this process, slow or
not. All processes share one cache of compiled loops, in NUMBA_CACHE_DIR if that is set.

How many examples Hypothesis draws: HYPOTHESIS_PROFILE = dev, ci or nightly (default ci where CI
is set, else dev).

Without a CUDA device kernels run in Numba's simulator, which must be chosen before Numba is
imported. pyproject.toml makes warnings errors.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Failed assertions of shared modules (those that hold no tests) show their values too.
pytest.register_assert_rewrite(
    *(
        path.stem
        for path in Path(__file__).parent.rglob("*.py")
        if not path.stem.startswith("test_") and path.stem != "conftest"
    )
)

settings.register_profile("dev", max_examples=25, deadline=None)
settings.register_profile(
    "ci", max_examples=100, deadline=None, derandomize=True, database=None, print_blob=True
)
settings.register_profile("nightly", max_examples=2000, deadline=None)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev")
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run the slow tests too")


def named_one_by_one(config: pytest.Config) -> bool:
    """Whether each argument is a test, as in `pytest tests/test_x.py::test_y`."""
    return bool(config.args) and all("::" in argument for argument in config.args)


def pytest_configure(config: pytest.Config) -> None:
    usual = config.getini("addopts")
    not_slow = usual[usual.index("-m") + 1]
    everything = config.option.all or named_one_by_one(config)
    if everything and config.option.markexpr == not_slow:
        config.option.markexpr = ""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """No processes for tests that are named one by one: starting them would take longer."""
    return 0 if named_one_by_one(config) else None


def has_device() -> bool:
    """Whether NVIDIA's driver counts a device."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
        count = ctypes.c_int(0)
    except OSError:
        return False
    return (
        driver.cuInit(0) == 0
        and driver.cuDeviceGetCount(ctypes.byref(count)) == 0
        and count.value > 0
    )


if not has_device():
    os.environ["NUMBA_ENABLE_CUDASIM"] = "1"


@pytest.fixture(scope="module")
def in_small_batches() -> Iterator[None]:
    """Studies of this module are cut into small batches."""
    import durable

    from auxtheory.study import plan

    before = plan.MAX_CELLS
    durable.small_batches()
    yield
    plan.MAX_CELLS = before


@pytest.fixture(scope="module")
def whole(in_small_batches: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the small study of `durable`, run without a disturbance."""
    import durable

    path = tmp_path_factory.mktemp("whole") / "a.study"
    durable.study(5).run(path)
    return path
