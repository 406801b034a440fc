# SPDX-License-Identifier: Apache-2.0
"""How much memory a network needs: planned before the compiler runs, then read back."""

import io
from dataclasses import dataclass

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

from ranvier.errors import RanvierError
from ranvier.targets.mcu.board import NAMES, Board
from ranvier.targets.mcu.board import board as find_board
from ranvier.targets.mcu.build import frame_flags
from ranvier.targets.mcu.elf import readable, symbols
from ranvier.targets.mcu.plan import Plan, PopulationPlan
from ranvier.targets.mcu.state import state_bytes

STACK_RESERVE = 4096  # rv_stack_size of the linker scripts
STACK_FLAG = "--defsym=rv_stack_size="


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerMemory:
    """Bytes of one population and the projections into it: constants in ROM, state in RAM."""

    name: str
    rom: int
    ram: int


def layers(plan: Plan) -> tuple[LayerMemory, ...]:
    """Return what each layer's tables and state take."""
    return tuple(
        LayerMemory(name=p.population.name, rom=layer_rom(p), ram=_ram(p)) for p in plan.populations
    )


def check_fits(plan: Plan, board: Board) -> None:
    """Refuse a network whose tables or state alone exceed the board.

    Raises
    ------
    RanvierError
        C003, saying by how much, and which layer takes the most.
    """
    found = layers(plan)
    for kind, limit, sizes in (
        ("ROM", board.rom, [m.rom for m in found]),
        ("RAM", board.ram, [m.ram for m in found]),
    ):
        if limit and sum(sizes) > limit:
            raise too_big(board, kind, sum(sizes) - limit, found, least=True)


def too_big(
    board: Board,
    kind: str,
    excess: int,
    found: tuple[LayerMemory, ...],
    *,
    least: bool = False,
    state: int | None = None,
    usual: bool = True,
) -> RanvierError:
    """Return the error for a network that exceeds `kind` by `excess` bytes, or at `least` those.

    Parameters
    ----------
    state
        Where the linker has counted the RAM: what of it is the network's.
    usual
        Whether the link's frames would be as long for any network.
    """
    sizes = [m.rom if kind == "ROM" else m.ram for m in found]
    largest = found[sizes.index(max(sizes))]
    limit = board.rom if kind == "ROM" else board.ram
    larger = _with_room(
        rom=limit + excess if kind == "ROM" else sum(m.rom for m in found),
        ram=limit + excess if kind == "RAM" else sum(m.ram for m in found),
    )
    advice = _advice(board, kind, excess, state if usual else None)
    return RanvierError(
        "C003",
        f"the network exceeds the {kind} of {board.name} ({limit} bytes) by"
        f" {'at least ' if least else ''}{excess} bytes;"
        f" of its layers {largest.name} takes the most, {max(sizes)} bytes"
        + (_taken(board, limit + excess, state, least) if kind == "RAM" else ""),
        loc=f"--target {board.name}",
        hint=advice + (f", or a larger board: {', '.join(larger)}" if larger else ""),
    )


def stack_reserve(board: Board) -> int:
    """Return the bytes that a board's image keeps for its stack (see its linker script)."""
    named = [f.rpartition("=")[2] for f in board.link_flags if STACK_FLAG in f]
    return linker_number(named[-1]) if named else STACK_RESERVE


def linker_number(text: str) -> int:
    """Return what ld takes a number for: decimal, ``0x``, octal after a ``0``, then ``K`` or ``M``.

    Raises
    ------
    ValueError
        Where it is none.
    """
    times = {"k": 1 << 10, "m": 1 << 20}.get(text[-1:].lower(), 1)
    digits = text if times == 1 else text[:-1]
    octal = len(digits) > 1 and digits[0] == "0" and digits[1] not in "xX"
    return times * int(digits, 8 if octal else 0)


def _taken(board: Board, total: int, state: int | None, least: bool) -> str:
    """Say what takes the RAM besides the layers."""
    stack = stack_reserve(board)
    if least or state is None:
        return f"; the stack's {stack} bytes and the link come on top"
    rest = total - stack - state
    return (
        f". {total} bytes are needed: {stack} for the stack, {state} for the network's state and"
        f" {rest} for the link and what else runs"
    )


def _advice(board: Board, kind: str, excess: int, state: int | None) -> str:
    """Say what would make it fit, and not what would not."""
    if kind == "ROM":
        return "use a smaller network or fewer weight bits"
    least, stack = "-Wl,--defsym=rv_stack_size=N", stack_reserve(board)
    if state is not None and excess > state:
        return (
            "no network is small enough for this RAM: in a board file of your own give it less"
            f" stack (now {stack} bytes; {least} in link_flags), or compile with --emit library"
        )
    return f"use a smaller network, or less stack: {least} in the link_flags of a board of your own"


def overflow(e: RanvierError, plan: Plan, board: Board) -> RanvierError:
    """Return the linker's complaint of a full region as the error a user can act on."""
    for region, kind in (("CODE", "ROM"), ("TABLES", "ROM"), ("RAM", "RAM")):
        text = f"region `{region}' overflowed by "
        if text in e.what:
            excess = int(e.what.split(text)[1].split()[0])
            usual = not frame_flags(plan)  # else a smaller network has smaller frames as well
            state = state_bytes(plan) if kind == "RAM" else None
            return too_big(board, kind, excess, layers(plan), state=state, usual=usual)
    return e


def _with_room(rom: int, ram: int) -> list[str]:
    """Return the boards that have as much; this computer, which has no limits, is no board."""
    boards = [find_board(name) for name in NAMES]
    return [b.name for b in boards if b.rom >= rom and b.ram >= ram]


def layer_rom(p: PopulationPlan) -> int:
    """Return the bytes of a layer's tables."""
    word = p.word // 8
    neurons = p.population
    tables = p.bias.size * 4 + neurons.decay.factor.size * 2
    if neurons.fire is not None:
        tables += (p.padded + neurons.reset.value.size) * word
    if neurons.lower_bound is not None:
        tables += neurons.lower_bound.size * word
    for s in neurons.synapses:
        tables += s.bias.size * 4 + s.gain.size * 2 + s.decay.factor.size * 2
    return tables + sum(q.layout.rom for q in p.projections)


def _ram(p: PopulationPlan) -> int:
    states = p.padded * (1 + len(p.population.synapses)) * p.word // 8
    history = 1 + p.history * p.out_words if p.history else 0
    return states + 2 * (p.out_words + history)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageMemory:
    """Bytes of an image: `rom` is what is stored, `ram` what is reserved, the stack apart."""

    rom: int
    ram: int
    symbols: tuple[tuple[str, str, int], ...]  # (name, rom|ram, bytes), largest first


def read_image(data: bytes, loc: str) -> ImageMemory:
    """Read the sizes of an ELF image.

    Raises
    ------
    RanvierError
        C004 where the bytes are not an ELF image.
    """
    with readable(loc):
        elf = ELFFile(io.BytesIO(data))
        rom = ram = 0
        places: dict[int, str] = {}
        for index, section in enumerate(elf.iter_sections()):
            header = section.header
            if not header["sh_flags"] & SH_FLAGS.SHF_ALLOC or section.name == ".stack":
                continue
            stored = header["sh_type"] != "SHT_NOBITS"
            writable = bool(header["sh_flags"] & SH_FLAGS.SHF_WRITE)
            rom += header["sh_size"] if stored else 0
            ram += header["sh_size"] if writable else 0
            places[index] = "ram" if writable else "rom"
        return ImageMemory(rom=rom, ram=ram, symbols=_symbols(elf, places))


def _symbols(elf: ELFFile, places: dict[int, str]) -> tuple[tuple[str, str, int], ...]:
    found = {
        (s.name, places[s.section], s.size)
        for s in symbols(elf)
        if s.size and s.section is not None and s.section in places
    }
    return tuple(sorted(found, key=lambda s: (-s[2], s[0])))
