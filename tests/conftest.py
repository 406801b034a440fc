# SPDX-License-Identifier: Apache-2.0
"""What every test shares: repeatable hypothesis runs, and the `golden` fixture."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

EXPECTED = Path(__file__).parent / "golden" / "expected"

Golden = Callable[[str, str | bytes], None]

# The same examples for the same sources and the same selection of tests (hypothesis also draws
# constants that it finds in the modules that are loaded); a slow machine is no failure.
settings.register_profile(
    "ranvier",
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "unshrunk",  # for planted bugs, which a test is to find, not to explain
    settings.get_profile("ranvier"),
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile("ranvier")

# A shell starts what runs in its background with SIGINT ignored, and programs inherit that: those
# that tests interrupt are to hear it all the same.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what the tests produced to tests/golden/expected, for review as a diff",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Return `golden(name, actual)`: fail unless `actual` equals tests/golden/expected/<name>."""
    update = bool(request.config.getoption("--update-golden"))

    def compare(name: str, actual: str | bytes) -> None:
        path = EXPECTED / name
        data = actual.encode() if isinstance(actual, str) else actual
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            return
        command = f"pytest --update-golden {request.node.nodeid.partition('[')[0]}"
        if not path.exists():
            pytest.fail(f"{path} does not exist; if the output is right: {command}")
        expected = path.read_bytes()
        if data == expected:
            return
        if isinstance(actual, str):
            assert actual == expected.decode(), f"differs from {path}; if intended: {command}"
        pytest.fail(f"{len(data)} bytes differ from the {len(expected)} of {path}; {command}")

    return compare
