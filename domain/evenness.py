"""How evenly something is shared."""

from collections.abc import Sequence


def gini(values: Sequence[float]) -> float | None:
    """Return the Gini coefficient, None without values or when all are zero.

    By the sorted form: G = sum((2 i - n - 1) x_i) / (n sum(x)), i from 1 (Gini 1912; Dixon et al. 1987).
    """
    total, n = sum(values), len(values)
    if n == 0 or total <= 0:
        return None
    return sum((2 * i - n - 1) * x for i, x in enumerate(sorted(values), start=1)) / (n * total)


def most_over_least(values: Sequence[float]) -> float | None:
    """Return the largest over the smallest, None without values or when somebody has none."""
    return max(values) / min(values) if values and min(values) > 0 else None
