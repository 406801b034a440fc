# SPDX-License-Identifier: Apache-2.0
"""What a hardware-in-the-loop test holds: one board, whatever it is."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from ranvier import rvn
from ranvier.frontends.data import Data
from ranvier.ir import Network
from ranvier.tools.build import Build, open_build
from ranvier.tools.hil.probe import check_probe
from ranvier.tools.hil.roster import WAYS, RigBoard
from ranvier.tools.link.client import Device
from ranvier.tools.session import open_device
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.evidence import Evidence
from ranvier.tools.verbs.flash import flash
from ranvier.tools.verbs.load import load_network
from ranvier.tools.verbs.run import Run, run
from ranvier.tools.verbs.verify import Verification, verify


@dataclass(frozen=True, slots=True)
class Rig:
    """A board under test.

    Attributes
    ----------
    entry
        What the rig says of it.
    folder
        Where builds are kept during the test session; a network is built once.
    networks
        Signatures of the networks that this test had on the board, in hexadecimal.
    evidence
        What was sent and what came back, for the case that the test fails.
    """

    entry: RigBoard
    folder: Path
    networks: list[str] = field(default_factory=list)
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def name(self) -> str:
        """What is compiled for: a target of `ranvier targets`."""
        return self.entry.target

    @property
    def port(self) -> str | None:
        """Where the board answers if it runs already.

        None: an emulator is started, or a library loaded, for each use.
        """
        return self.entry.port or None

    def build(self, network: Network | str | Path) -> Build:
        """Compile `network` for this board, or return what was compiled before."""
        found = load_network(network)
        signature = rvn.signature(found).hex()
        if signature not in self.networks:
            self.networks.append(signature)
        path = self.folder / f"{found.name}-{signature[:16]}"
        return open_build(path) if path.is_dir() else compile(found, self.name, path).build

    def open(self, network: Network | str | Path) -> AbstractContextManager[Device]:
        """Give the running device: ``with board.open(network) as device: ...``."""
        return open_device(self._ready(network), self.port, self.evidence.log)

    def verify(
        self, network: Network | str | Path, data: Data | str | Path, samples: int | None = None
    ) -> Verification:
        """Compare the board with the golden model: every spike, state and output."""
        build = self._ready(network)
        return verify(build, data, samples=samples, port=self.port, evidence=self.evidence)

    def run(
        self, network: Network | str | Path, data: Data | str | Path, samples: int | None = None
    ) -> Run:
        """Decode recordings on the board."""
        build = self._ready(network)
        return run(build, data, samples=samples, port=self.port, evidence=self.evidence)

    def _ready(self, network: Network | str | Path) -> Build:
        """Return the build, on its board; R005 where another one than the rig's is at the port."""
        build = self.build(network)
        if self.entry.probe:
            check_probe(self.entry.port, self.entry.probe)
        if self.entry.flasher in WAYS:
            self._program(build)
        return build

    def _program(self, build: Build) -> None:
        """Flash the build, but where the last that was flashed in this session is the same."""
        last = self.folder / f"{self.entry.name}.flashed"
        wanted = str(build.path)
        if not last.exists() or last.read_text() != wanted:
            last.unlink(missing_ok=True)
            flash(build, probe=self.entry.probe, port=self.entry.port)
            last.write_text(wanted)
