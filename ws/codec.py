"""Frames to bytes and back, JSON or MessagePack. No I/O.

The socket's subprotocol chooses what the server sends; what comes in is read by the kind of WebSocket
message it came in: text is JSON, binary is MessagePack.
"""

from typing import Any, Generic, TypeVar

import msgspec

from domain.errors import Refused, TooLarge
from domain.position import Fix
from ws.messages import MAX_FRAME_BYTES, SUBPROTOCOL_MSGPACK, LoosePings, Pings

Frame = TypeVar("Frame")


class _Head(msgspec.Struct):
    type: str


class FrameReader(Generic[Frame]):
    """Reads the frames of one kind of client.

    Args:
        frames: the union of tagged frame types this socket takes.
    """

    def __init__(self, frames: Any) -> None:
        self._json: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(frames)
        self._msgpack: msgspec.msgpack.Decoder[Frame] = msgspec.msgpack.Decoder(frames)

    def read(self, data: str | bytes) -> Frame:
        """Return the frame in ``data``.

        Raises:
            TooLarge: over 64 KiB.
            Refused: ``malformed_frame`` or ``unknown_type``; the message says what was expected and where.
        """
        size = len(data.encode()) if isinstance(data, str) and not data.isascii() else len(data)
        if size > MAX_FRAME_BYTES:
            raise TooLarge("frame_too_large", f"a frame has at most {MAX_FRAME_BYTES} bytes, this one {size}")
        try:
            return self._json.decode(data) if isinstance(data, str) else self._msgpack.decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise _explain(data, error) from None


def _explain(data: str | bytes, error: Exception) -> Refused:
    try:
        head = _decode(data, _Head)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Refused("malformed_frame", f"not a frame: {error}")
    if "$.type" in str(error):
        return Refused("unknown_type", f"no frame of type {head.type!r} here; it was ignored")
    return Refused("malformed_frame", f"frame {head.type!r}: {error}")


def read_loose_pings(data: str | bytes) -> tuple[Pings, tuple[int, ...], int] | None:
    """Read a ``pings`` frame whose strict reading failed, fix by fix.

    Returns:
        The frame with the readable fixes, their indexes in the original frame, and the number of
        malformed ones; None when not even the frame around them can be read.
    """
    try:
        loose = _decode(data, LoosePings)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    fixes: list[Fix] = []
    indexes: list[int] = []
    for index, raw in enumerate(loose.fixes):
        try:
            fixes.append(_decode(bytes(raw), Fix, json=isinstance(data, str)))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
        indexes.append(index)
    pings = Pings(seq=loose.seq, fixes=tuple(fixes))
    return pings, tuple(indexes), len(loose.fixes) - len(fixes)


T = TypeVar("T")


def _decode(data: str | bytes, type_: type[T], *, json: bool | None = None) -> T:
    if json if json is not None else isinstance(data, str):
        return msgspec.json.decode(data, type=type_)
    return msgspec.msgpack.decode(data, type=type_)  # type: ignore[arg-type]  # bytes on this branch


class FrameWriter:
    """Writes frames the way one client asked for."""

    __slots__ = ("_encode", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._encode = (
            msgspec.msgpack.Encoder().encode if name == "msgpack" else msgspec.json.Encoder().encode
        )

    @property
    def binary(self) -> bool:
        """Whether frames go out as binary messages."""
        return self.name == "msgpack"

    def write(self, frame: object) -> bytes:
        """Return the bytes of a frame."""
        return self._encode(frame)


JSON_WRITER = FrameWriter("json")
MSGPACK_WRITER = FrameWriter("msgpack")


def writer_for(subprotocol: str | None) -> FrameWriter:
    """Return the writer a negotiated subprotocol asks for."""
    return MSGPACK_WRITER if subprotocol == SUBPROTOCOL_MSGPACK else JSON_WRITER
