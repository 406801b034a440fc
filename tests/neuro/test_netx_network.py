# SPDX-License-Identifier: Apache-2.0
"""A network that comes from lava-dl itself (d08) goes back to Lava and netx, and stays the same."""

from pathlib import Path

import numpy as np
from tests.cases import case_path
from tests.commands import answer, succeeds

D08 = "d08_lava_dense_bitexact"


def test_lava_s_own_network_is_exact_in_lava(lava: Path, tmp_path: Path) -> None:
    with np.load(case_path(f"{D08}/vectors.npz")) as f:
        np.savez(tmp_path / "d.npz", x=f["x"].T[None].astype(np.uint8))
    network = case_path(f"{D08}/network.net")
    build = tmp_path / "b"
    succeeds("compile", network, "--dt", "1e-3", "--target", "loihi1", "-o", build)
    result = answer("verify", build, "--data", tmp_path / "d.npz")
    assert (result["mismatches"], result["steps"]) == (0, 2000)
    assert result["spikes"] > 1826, "of both layers"
    assert "netx" in result["simulated"]
