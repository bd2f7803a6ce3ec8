"""A courier's track, out of the archive and what is not archived yet, as GeoJSON, GPX 1.1 or CSV."""

import asyncio
import csv
import io
import json
import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

from aiohttp import web

from domain.courier import Courier
from domain.errors import Invalid
from domain.position import TrackPoint
from server.api import PREFIX, Call, Endpoint, Reply
from server.asked_track import asked_track
from server.policy import Action
from server.schemas.common import rfc3339
from server.schemas.couriers import TrackQuery
from server.track_matching import MATCHED_HEADER, features, how_much, pieces_of
from tracker.history.simplify import simplified

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold."""


async def track(call: Call) -> Reply | web.StreamResponse:
    """Return a courier's track; who looked is logged."""
    query = call.query(TrackQuery)
    asked = await asked_track(call, query.from_, query.to)
    courier, points = asked.courier, asked.points
    if query.matched:
        return await _matched(call, courier, query, points)
    if query.simplify_m is not None:
        points = await asyncio.to_thread(simplified, points, query.simplify_m)
    if query.format == "geojson":
        return _file(json.dumps(_geojson(courier, points)), "application/geo+json", "geojson", courier)
    if query.format == "gpx":
        line = [((p.lon, p.lat), p.fix_at_ms) for p in points]
        return _file(_gpx(courier, [line]), "application/gpx+xml", "gpx", courier)
    return _file(_csv(points), "text/csv", "csv", courier)


async def _matched(
    call: Call, courier: Courier, query: TrackQuery, points: list[TrackPoint]
) -> web.StreamResponse:
    """Return the track along streets; as it was sent where there are none, and the header says so."""
    if query.format == "csv" or query.simplify_m is not None:
        raise Invalid("invalid_query", "a matched track comes as geojson or gpx, and whole")
    pieces = await pieces_of(call.system, courier, points)
    much = how_much(pieces)
    if query.format == "gpx":
        lines = [[*zip(piece.line, piece.at_ms, strict=True)] for piece in pieces]
        rows = lines if much != "none" else [[((p.lon, p.lat), p.fix_at_ms) for p in points]]
        answer = _file(_gpx(courier, rows), "application/gpx+xml", "gpx", courier)
    else:
        doc = _geojson(courier, points)
        if much != "none":
            doc["features"] = features(courier, pieces)
        answer = _file(json.dumps(doc | {"matched": much}), "application/geo+json", "geojson", courier)
    answer.headers[MATCHED_HEADER] = much
    return answer


def _geojson(courier: Courier, points: list[TrackPoint]) -> dict[str, object]:
    coordinates = [[p.lon, p.lat] for p in points]
    geometry = {"type": "LineString", "coordinates": coordinates} if len(points) > 1 else None
    if len(points) == 1:
        geometry = {"type": "Point", "coordinates": coordinates[0]}  # type: ignore[dict-item]  # GeoJSON nests
    feature = {
        "type": "Feature",
        "geometry": geometry,
        "properties": {
            "courier_id": courier.id,
            "fix_at_ms": [p.fix_at_ms for p in points],
            "accuracy_m": [p.accuracy_m for p in points],
            "speed_mps": [p.speed_mps for p in points],
        },
    }
    return {"type": "FeatureCollection", "features": [feature] if points else []}


def _gpx(courier: Courier, lines: Sequence[Sequence[tuple[tuple[float, float], int]]]) -> str:
    rows = "".join(
        "<trkseg>"
        + "".join(
            f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}"><time>{rfc3339(at_ms)}</time></trkpt>'
            for (lon, lat), at_ms in line
        )
        + "</trkseg>"
        for line in lines
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<gpx version="1.1" creator="Relevo" xmlns="http://www.topografix.com/GPX/1/1">'
        f"<trk><name>{escape(_NOT_XML.sub('', courier.name))}</name>{rows}</trk></gpx>"
    )


def _csv(points: list[TrackPoint]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        [
            "fix_at",
            "lon",
            "lat",
            "accuracy_m",
            "speed_mps",
            "heading_deg",
            "battery_pct",
            "device",
            "seq",
            "index",
        ]
    )
    for p in points:
        writer.writerow(
            (
                *(rfc3339(p.fix_at_ms), p.lon, p.lat, p.accuracy_m, p.speed_mps, p.heading_deg),
                *(p.battery_pct, p.device, p.seq, p.index),
            )
        )
    return text.getvalue()


def _file(text: str, media: str, ending: str, courier: Courier) -> web.Response:
    name = f"track-{courier.id}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return web.Response(text=text, content_type=media, headers=headers)


ENDPOINTS = (
    Endpoint(
        method="GET", path=f"{PREFIX}/couriers/{{courier_id}}/track", handler=track, tag="couriers",
        action=Action.TRACK_READ, summary="Read a courier's track", query=TrackQuery,
        media=("application/geo+json", "application/gpx+xml", "text/csv"), errors=("no_such_courier",),
    ),
)  # fmt: skip
