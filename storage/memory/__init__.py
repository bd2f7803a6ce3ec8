"""Stores in plain memory: product code for demos, tests and short simulations. Nothing survives the process.

They pass the same contract suite as Redis, SQLite and PostgreSQL.
"""

from storage.memory.live import MemoryLive
from storage.memory.stores import MemoryStores

__all__ = ["MemoryLive", "MemoryStores"]
