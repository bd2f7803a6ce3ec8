"""Every way to add an order to a route, priced at once: the one place where insertions are evaluated.

A question names a courier, a route and an order; the answer is the cheapest route that has the order too.
Committed visits stay in front.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dispatcher.solver.pricing import Pricing, Rows
from dispatcher.solver.schedule import INFEASIBLE
from dispatcher.solver.tables import Numbers, Tables, tables_of
from dispatcher.solver.view import View

ROWS_MAX = 6_000
"""Routes priced in one piece, so that the arrays stay in the processor's cache."""

Question = tuple[int, list[int], int]
"""Rider, visits, job."""
Shape = tuple[int, int, bool]
"""Visits of a route, how many of them are committed, and whether the order is on board already."""


@dataclass(slots=True)
class Placed:
    """Answers, one entry per question.

    Attributes:
        cost_min: of the whole longer route, ``INFEASIBLE`` when no place fits.
        order: how its visits are made up (see ``_template``).
    """

    cost_min: list[float]
    order: list[Numbers]


class Placements:
    """Answers questions about one view."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.tables: Tables = tables_of(view)
        self._pricing = Pricing(view, self.tables)

    def route_costs(self, routes: Sequence[tuple[int, Sequence[int]]]) -> list[float]:
        """Return what routes cost as they are, minutes."""
        costs = np.zeros(len(routes))
        asked = sorted((i for i, (_, visits) in enumerate(routes) if visits), key=lambda i: len(routes[i][1]))
        for first in range(0, len(asked), ROWS_MAX):
            part = asked[first : first + ROWS_MAX]
            size = len(routes[part[-1]][1])
            visits = np.full((len(part), size + 1), -1, dtype=np.intp)
            order = np.full((size, len(part)), size, dtype=np.intp)
            for row, i in enumerate(part):
                length = len(routes[i][1])
                visits[row, :length] = routes[i][1]
                order[:length, row] = np.arange(length)
            riders = np.array([routes[i][0] for i in part], dtype=np.intp)
            costs[part] = self._pricing.costs(Rows(riders, visits, np.arange(len(part)), order))
        found: list[float] = costs.tolist()
        return found

    def best(self, questions: Sequence[Question]) -> Placed:
        """Return the cheapest way of each."""
        placed = Placed([INFEASIBLE] * len(questions), [_NOWHERE] * len(questions))
        by_shape: dict[Shape, list[int]] = {}
        for i, (r, visits, j) in enumerate(questions):
            shape = (len(visits), len(self._view.riders[r].committed), self._view.jobs[j].on_board)
            by_shape.setdefault(shape, []).append(i)
        batch: list[tuple[Shape, list[int]]] = []
        room = ROWS_MAX
        for shape in sorted(by_shape):
            asked, width = by_shape[shape], _template(*shape).shape[1]
            while asked:
                take = max(1, room // width)
                part, asked = asked[:take], asked[take:]
                batch.append((shape, part))
                room -= len(part) * width
                if room < width or asked:
                    self._answer(questions, batch, placed)
                    batch, room = [], ROWS_MAX
        if batch:
            self._answer(questions, batch, placed)
        return placed

    def _answer(
        self, questions: Sequence[Question], batch: list[tuple[Shape, list[int]]], placed: Placed
    ) -> None:
        numbers = [i for _, part in batch for i in part]
        longest = max(len(_template(*shape)) for shape, _ in batch)
        visits = np.full((len(numbers), longest + 1), -1, dtype=np.intp)
        for row, i in enumerate(numbers):
            longer = _longer(questions[i], on_board=self._view.jobs[questions[i][2]].on_board)
            visits[row, : len(longer)] = longer
        orders, bases, first = [], [], 0
        for shape, part in batch:
            template = _template(*shape)
            order = np.full((longest, template.shape[1]), longest, dtype=np.intp)
            order[: len(template)] = template
            orders.append(np.tile(order, (1, len(part))))
            bases.append(np.repeat(np.arange(first, first + len(part)), template.shape[1]))
            first += len(part)
        riders = np.array([questions[i][0] for i in numbers], dtype=np.intp)
        rows = Rows(riders, visits, np.concatenate(bases), np.concatenate(orders, axis=1))
        self._take_best(self._pricing.costs(rows).tolist(), batch, placed)

    def _take_best(self, costs: list[float], batch: list[tuple[Shape, list[int]]], placed: Placed) -> None:
        first = 0
        for shape, part in batch:
            template = _template(*shape)
            width = template.shape[1]
            for i in part:
                own = costs[first : first + width]
                placed.cost_min[i] = min(own)
                placed.order[i] = template[:, own.index(placed.cost_min[i])]
                first += width


def longer_route(question: Question, order: Numbers, *, on_board: bool) -> list[int]:
    """Return the visits of an answer."""
    visits = _longer(question, on_board=on_board)
    return [visits[column] for column in order]


def _longer(question: Question, *, on_board: bool) -> list[int]:
    _, visits, j = question
    return [*visits, 2 * j + 1] if on_board else [*visits, 2 * j, 2 * j + 1]


@lru_cache(maxsize=1024)
def _template(length: int, committed: int, on_board: bool) -> Numbers:  # a cache key
    """Return every order of a route's visits and the new ones, which are numbered behind them, as columns."""
    route, found = list(range(length)), []
    for p in range(committed, length + 1):
        if on_board:
            found.append([*route[:p], length, *route[p:]])
            continue
        found += [[*route[:p], length, *route[p:q], length + 1, *route[q:]] for q in range(p, length + 1)]
    return np.array(found, dtype=np.intp).T


_NOWHERE: Numbers = np.empty(0, dtype=np.intp)
