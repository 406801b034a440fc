# SPDX-License-Identifier: Apache-2.0
"""Frames of the link: what goes over the wire, and nothing of what it means."""

import zlib
from dataclasses import dataclass
from enum import IntEnum

from cobs import cobs

PROTOCOL = 1
DELIMITER = b"\0"
ANSWER = 0x80
UNREADABLE = 0x7F
EVENT = 0x70
STEP_EVENTS = 0x01
STEP_CLASS_ONLY = 0x02
HEAD_BYTES = 3
CRC_BYTES = 4
CLASS_BYTES = 2
REQUEST_OVERHEAD = 2 + CRC_BYTES
REPLY_OVERHEAD = HEAD_BYTES + CRC_BYTES


class Command(IntEnum):
    """What a request asks for."""

    HELLO = 0x01
    RESET = 0x02
    STEP = 0x03
    READ_STATE = 0x04
    STATS = 0x05
    EXIT = 0x06
    START = 0x07
    SAMPLES = 0x08
    STOP = 0x09


class Status(IntEnum):
    """How a device answered; all but OK leave the network and the sequence as they were."""

    OK = 0
    CORRUPT = 1
    TOO_LONG = 2
    UNKNOWN = 3
    REPEATED = 4
    OUT_OF_SEQUENCE = 5
    NOT_READY = 6
    BAD_PAYLOAD = 7
    WRONG_NETWORK = 8
    WRONG_PROTOCOL = 9
    UNSAFE = 10
    RUNNING = 11
    NO_SOURCE = 12


@dataclass(frozen=True, slots=True)
class Reply:
    """A device's answer.

    Parameters
    ----------
    command
        Of the request, or ``UNREADABLE`` where the device could not read it.
    sequence
        Of the request; 0 where the device could not read it.
    status
        A ``Status``; a number this version does not know stays a number.
    payload
        What follows the head.
    """

    command: int
    sequence: int
    status: int
    payload: bytes

    @property
    def status_name(self) -> str:
        """The status in words, for people."""
        known = {int(status): status.name for status in Status}
        return known.get(self.status, f"status {self.status}")


def with_checksum(body: bytes) -> bytes:
    """Append the CRC-32, encode and end the frame."""
    checked = body + zlib.crc32(body).to_bytes(CRC_BYTES, "little")
    return bytes(cobs.encode(checked)) + DELIMITER


def request(command: int, sequence: int, payload: bytes = b"") -> bytes:
    """Return the bytes on the wire of one request, delimiter included.

    Parameters
    ----------
    command
        A ``Command``, 0..255.
    sequence
        0..255.
    payload
        At most ``max_frame - 6`` bytes of the device.
    """
    return with_checksum(bytes((command, sequence)) + payload)


def reply(answer: Reply) -> bytes:
    """Return the bytes on the wire of one answer, delimiter included."""
    head = bytes((answer.command | ANSWER, answer.sequence, answer.status))
    return with_checksum(head + answer.payload)


def parse_reply(encoded: bytes) -> Reply | None:
    """Read an answer; ``None`` if it cannot have been sent like this.

    Parameters
    ----------
    encoded
        The bytes between two delimiters.
    """
    try:
        frame = cobs.decode(encoded)
    except cobs.DecodeError:
        return None
    body, checksum = frame[:-CRC_BYTES], frame[-CRC_BYTES:]
    if len(body) < HEAD_BYTES or zlib.crc32(body) != int.from_bytes(checksum, "little"):
        return None
    if not body[0] & ANSWER:
        return None
    return Reply(body[0] & ~ANSWER, body[1], body[2], body[HEAD_BYTES:])
