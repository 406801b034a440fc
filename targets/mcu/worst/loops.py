# SPDX-License-Identifier: Apache-2.0
"""How often each kernel's loops are passed at most in one call: facts of the C, not of a compiler.

A loop is passed as often as its body is begun, over the whole call. What a kernel's loops are is
read from its source; `tests/unit/test_worst.py` demands an entry for every kernel in firmware/.
"""

from collections.abc import Callable
from functools import partial

from ranvier.targets.mcu.worst.sizes import Loop, Sizes

Loops = Callable[[Sizes], tuple[Loop, ...]]
_GROUP = 8  # targets that the kernels for groups take at once


def _each(s: Sizes) -> tuple[Loop, ...]:
    return (Loop(s.n),)


def _none(s: Sizes) -> tuple[Loop, ...]:
    return ()


def _by_event(s: Sizes) -> tuple[Loop, ...]:
    return (Loop(s.events, (Loop(s.events * s.targets),)),)


def _by_source(s: Sizes) -> tuple[Loop, ...]:
    return (Loop(s.sources, (Loop(s.sources * s.targets),)),)


def _groups(s: Sizes) -> int:
    return -(-s.targets // _GROUP)


def _in_fours(fours: int, groups: int) -> tuple[Loop, ...]:
    """Up to three events, or the first four, then four at a time; each time all groups."""
    return (Loop(groups), Loop(fours, (Loop(fours * groups),)))


def _in_eights(s: Sizes) -> tuple[Loop, ...]:
    """Return up to four events, then four at most once, then eight at a time; sixteen targets."""
    groups, fours = -(-s.targets // 16), max(0, s.events - 1) // 4
    times = -(-fours // 2)
    return (Loop(groups), Loop(times, (Loop(times * groups),)))


def _lanes(s: Sizes) -> tuple[Loop, ...]:
    """Return eight neurons at a time, and those that fired one by one."""
    return (Loop(-(-s.n // 8), (Loop(s.n),)),)


def _filterbank(s: Sizes) -> tuple[Loop, ...]:
    bands = s.n * s.bands
    return (Loop(s.n, (Loop(bands, (Loop(bands * s.sections),)),)),)


def _population(s: Sizes) -> tuple[Loop, ...]:
    return (Loop(s.n, (Loop(s.n * s.synapses), Loop(s.n * s.quotients))),)


def _sparse_events(s: Sizes) -> tuple[Loop, ...]:
    return (Loop(s.events, (Loop(s.entries),)),)


def _sparse_values(s: Sizes) -> tuple[Loop, ...]:
    return (Loop(s.sources, (Loop(s.entries),)),)


def _pooled(s: Sizes) -> Loop:
    return Loop(s.rows, (Loop(s.cols),))


def _convolved(s: Sizes) -> Loop:
    return Loop(s.rows, (Loop(s.cols, (Loop(s.adds),)),))


def _image(s: Sizes, window: Loop) -> tuple[Loop, ...]:
    return (Loop(s.channels, (Loop(s.channels * s.height, (Loop(s.sources, (window,)),)),)),)


def _list(s: Sizes, window: Loop) -> tuple[Loop, ...]:
    return (Loop(s.events, (Loop(s.channels), window)),)


def _paired(s: Sizes, times: int) -> tuple[Loop, ...]:
    """Return groups of targets, and for each of them all sources."""
    return (Loop(_groups(s), (Loop(_groups(s) * times),)),)


def _sixteens(s: Sizes, times: int) -> tuple[Loop, ...]:
    """Return groups of sixteen targets, and for each of them all sources."""
    groups = -(-s.targets // 16)
    return (Loop(groups, (Loop(groups * times),)),)


def _tiles(s: Sizes) -> tuple[Loop, ...]:
    """Return the sum of all values, then groups of targets, and for each of them all sources."""
    return (Loop(s.sources), *_paired(s, s.sources))


def _packed(s: Sizes) -> tuple[Loop, ...]:
    """Return half groups for a lone event, and what more events take, which is more."""
    return (Loop(2 * _groups(s) if s.events == 1 else 0), *_paired(s, s.events))


def _entries(s: Sizes) -> Loop:
    """Return columns, and in these four entries at a time: two alone leave in the pass's middle."""
    return Loop(s.events, (Loop(s.entries),))


def _runs(s: Sizes) -> tuple[Loop, ...]:
    """Return rows of four words at a time, then two channels and two of their outputs at once."""
    pairs = -(-s.targets // 2)
    rows = Loop(s.rows, (Loop(s.adds),))
    return (Loop(s.events, (Loop(s.channels), rows)), Loop(pairs, (Loop(pairs * (s.n // 2)),)))


def _counts(s: Sizes) -> tuple[Loop, ...]:
    """Return four channels at a time, then those left; a list has room for its events only."""
    left = s.n % 4
    return (Loop(s.n // 4, (Loop(s.events),)), Loop(left, (Loop(s.events if left else 0),)))


def _by_bytes(times: int, s: Sizes, bits: int) -> tuple[Loop, ...]:
    """Return columns of several weights a byte, and the weights of a byte that is not full."""
    of_byte = 8 // bits
    full, rest = divmod(s.targets, of_byte)
    return (Loop(times, (Loop(times * full), Loop(times * rest))),)


def _fields(s: Sizes, bits: int) -> tuple[Loop, ...]:
    """Return a lone event; none; as many as fields hold; then others; each time all words."""
    words, most = -(-s.targets * bits // 32), 17 if bits == 4 else 5
    more = max(0, -(-s.events // most) - 1)
    first = min(s.events, most)
    rest = Loop(more * words, (Loop((s.events - first) * words),))
    return (
        Loop(words if s.events == 1 else 0),
        Loop(0 if s.events else words * 16 // bits),
        Loop(words, (Loop(first * words),)),
        Loop(more, (rest,)),
    )


def _fours(s: Sizes, group: int) -> tuple[Loop, ...]:
    """Return one to four events, then four at a time; each time all groups of targets."""
    return _in_fours(max(0, s.events - 1) // 4, -(-s.targets // group))


_SAMPLES = ("u8", "i8", "u16", "i16", "i32")

KERNELS: dict[str, Loops] = {
    "rv_zero": _each,
    "rv_scan_u8": lambda s: (Loop(s.n // 8), Loop(s.n % 8)),
    **{f"rv_encode_{what}_{t}": _each for what in ("load", "take") for t in _SAMPLES},
    **{
        f"rv_encode_{what}": _each
        for what in (
            "affine", "clip", "count", "delta", "level", "rectify", "refractory", "smooth",
            "square", "store", "threshold",
        )
    },
    "rv_encode_filterbank": _filterbank,
    "rv_scan_counts_u8": _counts,
    "rv_history_at": _none,
    "rv_history_push": _each,
    "rv_add_shifted": lambda s: (Loop(s.n), Loop(s.n)),
    **{f"rv_add_state_i{w}": _each for w in (16, 32)},
    "rv_events_add_i8": _by_event,
    "rv_events_set_i8": lambda s: (Loop(s.targets), *_by_event(s)),
    "rv_events_set_i8_dsp": lambda s: _in_fours(max(0, s.events - 1) // 4, _groups(s)),
    "rv_events_add_i8_dsp": lambda s: _in_fours(s.events // 4, _groups(s)),
    **{f"rv_events_{what}_i8_packed": _packed for what in ("set", "add")},
    "rv_events_set_entries": lambda s: (Loop(s.targets % 8), Loop(s.targets // 8), _entries(s)),
    "rv_events_add_entries": lambda s: (_entries(s),),
    **{f"rv_events_{what}_runs": _runs for what in ("set", "add")},
    "rv_project_paired_events_i8": lambda s: _paired(s, s.events),
    "rv_project_paired_values_i8": lambda s: _paired(s, s.sources),
    "rv_values_set_i8_dsp": lambda s: _paired(s, -(-s.sources // 2) // 2),
    "rv_values_set_i8_helium": lambda s: _paired(s, -(-s.sources // 8) - 1),
    **{f"rv_values_set_i8_{family}": _tiles for family in ("packed", "thumb1")},
    "rv_project_packed_values_i8": _tiles,
    "rv_project_packed_events_i8": lambda s: _paired(s, s.events),
    "rv_project_halves_values_i8": lambda s: _sixteens(s, s.sources),
    "rv_project_halves_events_i8": lambda s: _sixteens(s, s.events),
    **{
        f"rv_project_{kind}{what}_i{w}": loops
        for w in (8, 16)
        for kind in ("", "single_")
        for what, loops in (("events", _by_event), ("values", _by_source))
    },
    **{
        f"rv_project_sparse_{what}_i{w}": loops
        for w in (8, 16)
        for what, loops in (("events", _sparse_events), ("values", _sparse_values))
    },
    **{f"rv_project_conv_events_i{w}": lambda s: _list(s, _convolved(s)) for w in (8, 16)},
    **{f"rv_project_conv_values_i{w}": lambda s: _image(s, _convolved(s)) for w in (8, 16)},
    "rv_project_pool_events": lambda s: _list(s, _pooled(s)),
    "rv_project_pool_values": lambda s: _image(s, _pooled(s)),
    **{f"rv_population_{w}": _population for w in ("i16", "i16_s16", "i32")},
    "rv_population_i16_pairs": lambda s: (Loop(-(-s.n // 4)),),
    **{f"rv_{what}_i16{sums}": _each for what in ("li", "lif") for sums in ("", "_s16")},
    **{
        f"rv_lif_i16_{how}": lambda s: (Loop(-(-s.n // 4)),)
        for how in ("dsp", "left_dsp", "alike", "left_alike", "thumb1")
    },
    **{f"rv_events_{what}_i8_helium": _in_eights for what in ("set", "add")},
    **{f"rv_lif_i16_{how}helium": _lanes for how in ("", "shift_")},
    **{f"rv_output_{what}": _each for what in ("i16", "i32", "counts")},
    "rv_output_events": lambda s: (Loop(s.n), Loop(s.n)),
    **{
        f"rv_{what}_i{bits}": partial(loops, bits=bits)
        for bits in (4, 2)
        for what, loops in (
            ("events_set", lambda s, bits: (Loop(s.targets), *_by_bytes(s.events, s, bits))),
            ("events_add", lambda s, bits: _by_bytes(s.events, s, bits)),
            ("project_events", lambda s, bits: _by_bytes(s.events, s, bits)),
            ("project_values", lambda s, bits: _by_bytes(s.sources, s, bits)),
        )
    },
    **{
        f"rv_events_{what}_i{bits}_{family}": loops
        for what in ("set", "add")
        for bits, helium in ((4, 32), (2, 64))
        for family, loops in (
            ("packed", partial(_fields, bits=bits)),
            ("dsp", partial(_fours, group=16)),
            ("helium", partial(_fours, group=helium)),
        )
    },
    "rv_decode_sum": _each,
    "rv_decode_last": _each,
    "rv_decode_spikes": _each,
    "rv_decode_argmax": lambda s: (Loop(max(0, s.n - 1)),),
}  # fmt: skip

# Bytes of the most that a kernel copies at once, where the compiler may call memcpy.
COPIES: dict[str, int] = {
    "rv_project_pool_events": 32,
    "rv_project_pool_values": 32,
    **{f"rv_project_conv_{what}_i{w}": 8 for what in ("events", "values") for w in (8, 16)},
    **{f"rv_population_{w}": 8 for w in ("i16", "i16_s16", "i32")},
}

# What the compiler calls in libgcc where a core lacks the instruction, and has no loops.
STRAIGHT = frozenset(
    (
        "__aeabi_lmul", "__aeabi_llsl", "__aeabi_llsr", "__aeabi_lasr",
        "__muldi3", "__ashldi3", "__lshrdi3", "__ashrdi3",
    )
)  # fmt: skip

# Instructions of libgcc's division (Armv6-M, GCC 12), whose loop is entered in five places: at most
# 32 bits of a quotient, 6 instructions each, at most 40 before and after, 20 more for the signs.
DIVISIONS: dict[str, int] = {
    **dict.fromkeys(("__aeabi_uidiv", "__udivsi3", "__aeabi_uidivmod"), 32 * 6 + 40),
    **dict.fromkeys(("__aeabi_idiv", "__divsi3", "__aeabi_idivmod"), 32 * 6 + 60),
}
