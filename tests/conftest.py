"""What holds for all tests."""

import shutil
from pathlib import Path

import pytest
from audited_run import collection, run_over
from hypothesis import settings

# How long an example takes says more of the machine than of the code.
settings.register_profile("cleanpipe", deadline=None)
settings.load_profile("cleanpipe")


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return collection(tmp_path_factory.mktemp("sources"))


@pytest.fixture(scope="session")
def whole(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "whole"
    run_over(sources, out)
    shutil.rmtree(out / ".work")
    return out


@pytest.fixture
def out(whole: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return shutil.copytree(whole, tmp_path / "out")
