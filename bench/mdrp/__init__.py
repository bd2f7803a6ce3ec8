"""The Meal Delivery Routing Problem (Reyes et al. 2018) as a bench of the live planner."""

from bench.mdrp.program import add_arguments, run

__all__ = ["add_arguments", "run"]
