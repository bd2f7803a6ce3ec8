"""Chooses among columns: each order at most once, each courier at most one column, least cost in all.

A set packing, solved exactly in most decisions: by linear assignment when no column holds more than one
order, else by CP-SAT with one thread and a fixed amount of work: the same problem has the same answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model
from scipy.optimize import linear_sum_assignment

SCALE = 100
"""Costs are rounded to hundredths of a minute."""


@dataclass(slots=True)
class Choice:
    """One column as the packing sees it."""

    rider: int
    jobs: tuple[int, ...]
    cost_min: float


def pack(choices: Sequence[Choice], penalty_min: Mapping[int, float], work: float = 0.5) -> list[int]:
    """Return the chosen columns' numbers.

    Args:
        choices: what may be chosen.
        penalty_min: what leaving each order costs.
        work: CP-SAT's deterministic time, about seconds on one core.
    """
    useful = [
        i for i, choice in enumerate(choices) if choice.cost_min < sum(penalty_min[j] for j in choice.jobs)
    ]
    if not useful:
        return []
    if all(len(choices[i].jobs) == 1 for i in useful):
        return _assign([choices[i] for i in useful], useful, penalty_min)
    return _pack_exactly(choices, useful, penalty_min, work)


def _assign(choices: Sequence[Choice], numbers: Sequence[int], penalty_min: Mapping[int, float]) -> list[int]:
    riders = {r: i for i, r in enumerate(sorted({choice.rider for choice in choices}))}
    jobs = {j: i for i, j in enumerate(sorted({choice.jobs[0] for choice in choices}))}
    gain = np.zeros((len(riders), len(jobs)))
    column = np.full(gain.shape, -1)
    for number, choice in zip(numbers, choices, strict=True):
        row, col = riders[choice.rider], jobs[choice.jobs[0]]
        value = penalty_min[choice.jobs[0]] - choice.cost_min
        if value > gain[row, col]:
            gain[row, col], column[row, col] = value, number
    rows, cols = linear_sum_assignment(gain, maximize=True)
    return [int(n) for n in column[rows, cols] if n >= 0]


def _pack_exactly(
    choices: Sequence[Choice], numbers: Sequence[int], penalty_min: Mapping[int, float], work: float
) -> list[int]:
    model = cp_model.CpModel()
    taken = {i: model.new_bool_var("") for i in numbers}
    by_rider: dict[int, list[cp_model.IntVar]] = {}
    by_job: dict[int, list[cp_model.IntVar]] = {}
    for i in numbers:
        by_rider.setdefault(choices[i].rider, []).append(taken[i])
        for j in choices[i].jobs:
            by_job.setdefault(j, []).append(taken[i])
    for together in (*by_rider.values(), *by_job.values()):
        if len(together) > 1:
            model.add_at_most_one(together)
    gains = [
        round(SCALE * (sum(penalty_min[j] for j in choices[i].jobs) - choices[i].cost_min)) for i in numbers
    ]
    model.maximize(sum(gain * taken[i] for gain, i in zip(gains, numbers, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = work
    solver.parameters.random_seed = 1
    # Nearly all of these models are solved by their relaxation; looking for more structure first took
    # longer than solving (300 to 1,000 columns: 27 ms with the defaults, 11 ms so, the same optima).
    solver.parameters.linearization_level = 2
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.symmetry_level = 0
    solver.parameters.max_presolve_iterations = 1
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return []
    return [i for i in numbers if solver.boolean_value(taken[i])]
