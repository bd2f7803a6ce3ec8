"""The street network as a graph: corners, street pieces, snapping and shortest paths. Metres throughout."""

import heapq
import math

import msgspec
import numpy as np

from simulator.city.grid import XY

HALF_WIDTH_M = {"primary": 12.0, "secondary": 8.5, "residential": 6.0, "path": 3.0}


class Edge(msgspec.Struct, frozen=True):
    """A straight piece of street between corners ``a`` and ``b``."""

    a: int
    b: int
    street_class: str
    name: str
    length_m: float


class Snap(msgspec.Struct, frozen=True):
    """The nearest point on the network: edge index, share of the way from ``a`` to ``b``, and the place."""

    edge: int
    share: float
    at: XY


class Network:
    """Corners and edges, grown while the city is drawn and then ridden."""

    def __init__(self) -> None:
        self.nodes: list[XY] = []
        self.edges: list[Edge] = []
        self._neighbours: list[list[tuple[int, float]]] = []
        self._ends: tuple[np.ndarray, np.ndarray] | None = None

    def add_node(self, at: XY) -> int:
        """Add a corner; returns its index."""
        self.nodes.append(at)
        return len(self.nodes) - 1

    def add_edge(self, a: int, b: int, street_class: str, name: str) -> None:
        """Join two corners by a straight piece of street."""
        self.edges.append(Edge(a, b, street_class, name, math.dist(self.nodes[a], self.nodes[b])))

    def finish(self) -> "Network":
        """Return the largest connected part, ready for snapping and paths."""
        keep = _largest_part(len(self.nodes), self.edges)
        done = Network()
        index = {old: done.add_node(self.nodes[old]) for old in sorted(keep)}
        for edge in self.edges:
            if edge.a in keep:
                done.add_edge(index[edge.a], index[edge.b], edge.street_class, edge.name)
        done._neighbours = [[] for _ in done.nodes]
        for edge in done.edges:
            done._neighbours[edge.a].append((edge.b, edge.length_m))
            done._neighbours[edge.b].append((edge.a, edge.length_m))
        ends = np.array([(done.nodes[e.a], done.nodes[e.b]) for e in done.edges])
        done._ends = (ends[:, 0], ends[:, 1] - ends[:, 0])
        return done

    def snap(self, at: XY) -> Snap:
        """Return the nearest place on any street."""
        if self._ends is None:
            raise RuntimeError("finish() the network before snapping to it")
        start, along = self._ends
        share = np.clip(
            ((np.asarray(at) - start) * along).sum(axis=1) / np.maximum((along * along).sum(axis=1), 1e-9),
            0.0,
            1.0,
        )
        nearest = start + along * share[:, None]
        best = int(((nearest - np.asarray(at)) ** 2).sum(axis=1).argmin())
        return Snap(best, float(share[best]), (float(nearest[best][0]), float(nearest[best][1])))

    def path(self, start: XY, goal: XY) -> list[XY]:
        """Return the shortest way from one place to another along the streets (Dijkstra), ends included."""
        origin, target = self.snap(start), self.snap(goal)
        corners = [] if origin.edge == target.edge else self._corners(origin, target)
        way = [start, origin.at, *(self.nodes[k] for k in corners), target.at, goal]
        return [at for k, at in enumerate(way) if k == 0 or math.dist(at, way[k - 1]) > 0.01] or [start]

    def _corners(self, origin: Snap, target: Snap) -> list[int]:
        first, last = self.edges[origin.edge], self.edges[target.edge]
        queue = [
            (first.length_m * origin.share, first.a, -1),
            (first.length_m * (1 - origin.share), first.b, -1),
        ]
        heapq.heapify(queue)
        finish = {last.a: last.length_m * target.share, last.b: last.length_m * (1 - target.share)}
        came: dict[int, int] = {}
        best, best_cost = -1, math.inf
        while queue:
            cost, node, before = heapq.heappop(queue)
            if cost >= best_cost:
                break
            if node in came:
                continue
            came[node] = before
            if node in finish and cost + finish[node] < best_cost:
                best, best_cost = node, cost + finish[node]
            for other, length in self._neighbours[node]:
                if other not in came:
                    heapq.heappush(queue, (cost + length, other, node))
        return _unwind(came, best)


def _unwind(came: dict[int, int], node: int) -> list[int]:
    way = []
    while node != -1:
        way.append(node)
        node = came[node]
    return way[::-1]


def _largest_part(count: int, edges: list[Edge]) -> set[int]:
    beside: list[list[int]] = [[] for _ in range(count)]
    for edge in edges:
        beside[edge.a].append(edge.b)
        beside[edge.b].append(edge.a)
    seen: set[int] = set()
    best: set[int] = set()
    for start in range(count):
        if start in seen:
            continue
        part, todo = {start}, [start]
        while todo:
            fresh = [other for other in beside[todo.pop()] if other not in part]
            part.update(fresh)
            todo.extend(fresh)
        seen |= part
        best = max(best, part, key=len)
    return best
