"""Intake, codecs, filters and smoothing."""
