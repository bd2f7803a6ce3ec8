"""AsyncAPI 3 of the three sockets, out of the frames' declarations in ``ws.messages``."""

from functools import cache
from typing import Any, get_args

import msgspec

from server.version import relevo_version
from ws import close_codes
from ws import messages as m

_REF = "#/components/schemas/{name}"


class _Channel(msgspec.Struct, frozen=True):
    address: str
    summary: str
    sent_by_client: tuple[type[Any], ...]
    sent_by_server: tuple[type[Any], ...]


CHANNELS = {
    "courier": _Channel(
        "/ws/courier",
        "A courier's phone: pings, actions, shift and offers.",
        get_args(m.CourierFrame),
        get_args(m.CourierReply),
    ),
    "live": _Channel(
        "/ws/live",
        "A dispatcher's or viewer's live map: a snapshot, then one conflated delta per tick.",
        get_args(m.ViewerFrame),
        get_args(m.ViewerReply),
    ),
    "track": _Channel("/ws/track", "A customer's delivery.", (m.Hello,), get_args(m.TrackReply)),
}


@cache
def asyncapi() -> dict[str, Any]:
    """Return the document."""
    frames = {
        frame.__name__: frame for c in CHANNELS.values() for frame in (*c.sent_by_client, *c.sent_by_server)
    }
    _, schemas = msgspec.json.schema_components(list(frames.values()), ref_template=_REF)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Relevo sockets",
            "version": relevo_version(),
            "description": "JSON text frames; with subprotocol relevo.v1.msgpack the same structures as "
            "MessagePack binary frames. The first frame is hello, within 10 s. Frames are at most 64 KiB. "
            f"Close codes: {_closes()}.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"relevo": {"host": "localhost:8080", "protocol": "ws", "description": "wss behind TLS"}},
        "channels": {name: _channel(channel) for name, channel in CHANNELS.items()},
        "operations": _operations(),
        "components": {
            "messages": {name: _message(name, frame) for name, frame in sorted(frames.items())},
            "schemas": schemas,
        },
    }


def _closes() -> str:
    codes = {value: name.lower() for name, value in vars(close_codes).items() if isinstance(value, int)}
    return ", ".join(f"{code} {codes[code]}" for code in sorted(codes))


def _channel(channel: _Channel) -> dict[str, Any]:
    frames = dict.fromkeys((*channel.sent_by_client, *channel.sent_by_server))
    return {
        "address": channel.address,
        "description": channel.summary,
        "messages": {f.__name__: {"$ref": f"#/components/messages/{f.__name__}"} for f in frames},
    }


def _operations() -> dict[str, Any]:
    operations: dict[str, Any] = {}
    for name, channel in CHANNELS.items():
        for action, frames in (("receive", channel.sent_by_client), ("send", channel.sent_by_server)):
            operations[f"{name}_{action}"] = {
                "action": action,
                "channel": {"$ref": f"#/channels/{name}"},
                "summary": f"What the {'client' if action == 'receive' else 'server'} sends.",
                "messages": [{"$ref": f"#/channels/{name}/messages/{f.__name__}"} for f in frames],
            }
    return operations


def _message(name: str, frame: type[Any]) -> dict[str, Any]:
    return {
        "name": str(frame.__struct_config__.tag),
        "title": name,
        "summary": (frame.__doc__ or "").strip().partition("\n")[0],
        "payload": {"$ref": _REF.format(name=name)},
    }
