"""From a phone's claim to a known position and its consequences."""
