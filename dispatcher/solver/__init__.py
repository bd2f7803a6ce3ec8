"""Feasibility, insertion and improvement of plans. The only package that knows OR-Tools."""
