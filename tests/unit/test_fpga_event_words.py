# SPDX-License-Identifier: Apache-2.0
"""Events, and spikes, have at most two words over SPI; a network that needs more is refused."""

from dataclasses import replace

import numpy as np
import pytest
from tests.hdl.hand_made import above, dense, leak, network
from tests.unit.nets import population

from ranvier.errors import RanvierError
from ranvier.ir import INPUT
from ranvier.targets.fpga import images, pins
from ranvier.targets.fpga.lower import lower
from ranvier.targets.fpga.plan import Plan


def plan_of(sources: int) -> Plan:
    p = population("p", 2, decay=leak(), fire=above(np.array([1, 1])))
    weight = np.ones((2, sources), np.int64)
    return lower(network(sources, [p], [dense(INPUT, "p", weight)]))


@pytest.mark.parametrize(("sources", "words"), [(32767, 1), (32768, 2)])
def test_spikes_have_as_many_words_as_their_addresses_need(sources: int, words: int) -> None:
    layout = pins.layout(images.parameters(plan_of(sources)))
    assert (layout.spike_words, layout.event_words) == (words, words)


def test_events_of_more_than_two_words_are_refused() -> None:
    plan = plan_of(32768)
    assert images.parameters(replace(plan, value_bits=15))["EventW"] == 32
    with pytest.raises(RanvierError, match="events of 33 bits; the core takes 32 bits") as e:
        images.parameters(replace(plan, value_bits=16))
    assert e.value.code == "V002" and e.value.hint
