"""Published figures and measured baselines per instance, mean click-to-door minutes.

``reyes`` and ``exact``: Reyes et al., *The Meal Delivery Routing Problem* (2018), Table 4: their rolling
horizon heuristic, and the optimum when the future is known and bundles hold at most two (after Yildiz and
Savelsbergh). ``match`` and ``columns``: one-minute linear assignment and packing of trip columns without
foresight, measured on the way here under the same rules.
"""

from typing import NamedTuple


class Reference(NamedTuple):
    """Mean click-to-door, minutes; None where nothing is published."""

    reyes: float | None
    exact: float | None
    match: float | None
    columns: float | None


_ROWS = """
0o100t100s1p100 - - 29.99 29.88
0o100t100s1p125 - - 33.48 33.52
0o100t100s2p100 - - 28.89 28.84
0o100t100s2p125 - - 32.66 32.65
0o100t75s1p100 - - 27.38 27.40
0o100t75s1p125 - - 31.12 31.14
0o100t75s2p100 - - 26.92 26.93
0o100t75s2p125 - - 30.74 30.75
0o50t100s1p100 31.19 29.81 30.66 30.57
0o50t100s1p125 34.67 33.40 34.34 34.12
0o50t100s2p100 29.79 28.96 29.54 29.43
0o50t100s2p125 34.18 32.60 33.05 33.05
0o50t75s1p100 28.40 27.49 27.75 27.69
0o50t75s1p125 31.62 31.10 31.12 31.10
0o50t75s2p100 27.29 26.83 27.10 27.06
0o50t75s2p125 31.19 30.52 30.69 30.74
0r50t100s1p100 32.46 30.76 31.86 31.88
0r50t100s1p125 36.75 34.66 35.76 35.38
0r50t100s2p100 31.21 29.93 30.29 30.35
0r50t100s2p125 35.60 33.86 34.24 34.38
0r50t75s1p100 29.57 28.47 28.96 28.91
0r50t75s1p125 33.71 32.45 32.81 32.91
0r50t75s2p100 29.03 27.95 28.11 28.17
0r50t75s2p125 33.41 32.00 32.19 32.20
1o50t100s1p100 38.24 - 36.43 34.98
1o50t100s1p125 41.89 - 38.58 -
1o50t100s2p100 31.54 - 30.37 -
1o50t100s2p125 35.57 - 33.56 -
1o100t100s2p100 - - 29.06 -
2o100t100s2p100 - - 29.48 -
"""


def _number(text: str) -> float | None:
    return None if text == "-" else float(text)


REFERENCES = {
    name: Reference(*(_number(text) for text in figures))
    for name, *figures in (row.split() for row in _ROWS.strip().splitlines())
}
