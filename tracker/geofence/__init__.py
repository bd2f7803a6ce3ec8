"""Zones and order fences, and what couriers do at their edges."""
