# SPDX-License-Identifier: Apache-2.0
"""Where every byte of an image is, and what images of usual networks take."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile
from tests.cases import case, ptq
from tests.images import image_network
from tests.needs import need_program
from tests.unit.cli import answer, fails
from tests.unit.nets import network

from ranvier import rvn
from ranvier.frontends.data import make_data
from ranvier.ir import Network
from ranvier.targets.mcu.board import NAMES, board
from ranvier.tools.build import Build
from ranvier.tools.dev.icount.nets import layers
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.run import run

BOARDS = [name for name in NAMES if board(name).emulator]
MOST_CODE = 6 * 1024  # of a network of two dense layers, without its weights
