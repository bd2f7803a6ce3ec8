"""Reads the Prometheus text format as far as a report needs it: sums of counters, quantiles of histograms."""

import re
from collections import defaultdict

_LINE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Scrape:
    """One reading of ``/metrics``."""

    def __init__(self, text: str = "") -> None:
        self._samples: dict[str, list[tuple[dict[str, str], float]]] = defaultdict(list)
        for line in text.splitlines():
            match = _LINE.match(line)
            if match:
                labels = dict(_LABEL.findall(match[2] or ""))
                self._samples[match[1]].append((labels, float(match[3])))

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of all samples that carry these labels."""
        return sum(
            value
            for found, value in self._samples.get(name, ())
            if all(found.get(key) == wanted for key, wanted in labels.items())
        )

    def by_label(self, name: str, label: str, **labels: str) -> dict[str, float]:
        """Return sums of a counter by the values of one label."""
        sums: dict[str, float] = defaultdict(float)
        for found, value in self._samples.get(name, ()):
            if all(found.get(key) == wanted for key, wanted in labels.items()):
                sums[found.get(label, "")] += value
        return dict(sums)

    def buckets(self, name: str, **labels: str) -> dict[float, float]:
        """Return the cumulative counts of a histogram by upper bound."""
        return {
            float(bound): count
            for bound, count in self.by_label(f"{name}_bucket", "le", **labels).items()
            if bound
        }


def quantile(share: float, after: dict[float, float], before: dict[float, float]) -> float | None:
    """Return the quantile of what was observed between two readings, None when nothing was.

    Linear within a bucket, as Prometheus' ``histogram_quantile``; beyond the last finite bound, that bound.
    """
    counts = {bound: count - before.get(bound, 0.0) for bound, count in sorted(after.items())}
    total = max(counts.values(), default=0.0)
    if total <= 0:
        return None
    wanted, below_bound, below = share * total, 0.0, 0.0
    for bound, count in counts.items():
        if count >= wanted:
            if bound == float("inf") or count == below:
                return below_bound
            return below_bound + (bound - below_bound) * (wanted - below) / (count - below)
        below_bound, below = bound, count
    return below_bound
