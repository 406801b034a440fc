# SPDX-License-Identifier: Apache-2.0
"""What a hardware-in-the-loop test holds: one board, whatever it is."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from ranvier import rvn
from ranvier.frontends.data import Data
from ranvier.ir import Network
from ranvier.tools.build import Build, open_build
from ranvier.tools.link.client import Device
from ranvier.tools.session import open_device
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.load import load_network
from ranvier.tools.verbs.run import Run, run
from ranvier.tools.verbs.verify import Verification, verify


@dataclass(frozen=True, slots=True)
class Rig:
    """A board under test.

    Attributes
    ----------
    name
        A target of `ranvier targets`.
    port
        Where the board answers if it runs already; None: an emulator is started, or a library
        loaded, for each use.
    folder
        Where builds are kept during the test session; a network is built once.
    """

    name: str
    port: str | None
    folder: Path

    def build(self, network: Network | str | Path) -> Build:
        """Compile `network` for this board, or return what was compiled before."""
        found = load_network(network)
        path = self.folder / f"{found.name}-{rvn.signature(found).hex()[:16]}"
        return open_build(path) if path.is_dir() else compile(found, self.name, path).build

    def open(self, network: Network | str | Path) -> AbstractContextManager[Device]:
        """Give the running device: ``with board.open(network) as device: ...``."""
        return open_device(self.build(network), self.port)

    def verify(
        self, network: Network | str | Path, data: Data | str | Path, samples: int | None = None
    ) -> Verification:
        """Compare the board with the golden model: every spike, state and output."""
        return verify(self.build(network), data, samples=samples, port=self.port)

    def run(
        self, network: Network | str | Path, data: Data | str | Path, samples: int | None = None
    ) -> Run:
        """Decode recordings on the board."""
        return run(self.build(network), data, samples=samples, port=self.port)
