"""A street server of one street, which runs east and west along a latitude; answers in OSRM's shape."""

import itertools
import json

from tracker.matching.ports import StreetsAwayError

LAT = 39.29
M_PER_DEG = 111_195.0
FAR_M = 60.0


class OneStreet:
    """Fulfils ``tracker.matching.ports.StreetServer``."""

    def __init__(self):
        self.asked = []
        self.away = False
        self.away_after = None

    async def ask(self, service, rest, vehicle, deadline_s):
        self.asked.append((service, rest, vehicle))
        if self.away or (self.away_after is not None and len(self.asked) > self.away_after):
            raise StreetsAwayError("away")
        return json.dumps(answer(service, rest)).encode()


def answer(service, rest):
    """Return what the server says to a question."""
    where = rest.partition("?")[0]
    places = [tuple(map(float, place.split(","))) for place in where.split(";")]
    if service == "table":
        sources = [{"location": [lon, LAT], "distance": off_m(lat)} for lon, lat in places[:-1]]
        return {"code": "Ok", "durations": [[0.0]] * len(sources), "sources": sources, "destinations": []}
    on_street = [off_m(lat) <= FAR_M for _, lat in places]
    if not any(on_street):
        return {"code": "NoMatch", "message": "Could not match the trace."}
    runs = []
    tracepoints = []
    for number, good in enumerate(on_street):
        if not good:
            tracepoints.append(None)
            continue
        if number == 0 or not on_street[number - 1]:
            runs.append([])
        runs[-1].append(number)
        tracepoints.append({"matchings_index": len(runs) - 1, "waypoint_index": len(runs[-1]) - 1})
    matchings = [
        {
            "confidence": 0.9,
            "legs": [leg(places[a][0], places[b][0]) for a, b in itertools.pairwise(run)],
        }
        for run in runs
    ]
    return {"code": "Ok", "matchings": matchings, "tracepoints": tracepoints}


def leg(start, end):
    metres = abs(end - start) * M_PER_DEG * 0.774
    middle = (start + end) / 2
    lines = [[[start, LAT], [middle, LAT]], [[middle, LAT], [end, LAT]], [[end, LAT], [end, LAT]]]
    return {"distance": metres, "steps": [{"geometry": {"coordinates": line}} for line in lines]}


def off_m(lat):
    return abs(lat - LAT) * M_PER_DEG
