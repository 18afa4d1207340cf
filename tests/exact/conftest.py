"""Which of these tests need a framework, and when they are run."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent

# TensorFlow, PyTorch and JAX are some gigabytes together (pip install -e '.[test,test-exact]').
# So these files are collected only when they are asked for: pytest tests/exact.
NEED_FRAMEWORKS = {
    "test_docs.py",
    "test_jax.py",
    "test_keras.py",
    "test_resume.py",
    "test_sharded.py",
    "test_torch.py",
}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    places = [config.invocation_params.dir / each.split("::")[0] for each in config.args]
    asked = any(HERE in (place, *place.parents) for place in places)
    return True if collection_path.name in NEED_FRAMEWORKS and not asked else None


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture):
    """The sentences that the recorder has logged."""
    return lambda: [
        each.getMessage()
        for each in caplog.records
        if each.name == "tb_plugin_weightdelta.recording"
    ]
