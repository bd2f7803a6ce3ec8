"""Positions and tracks put onto streets, for display and for distances; never evidence for a fence."""
