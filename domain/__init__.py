"""The words everything speaks: values, lifecycle, events and ports. No I/O and no clock here."""
