"""The only package that knows Redis and SQL.

``server.wiring`` uses:

* ``storage.embedded.EmbeddedRedis(data_dir, fsync=, maxmemory=)``: ``await start()``, ``supervise()`` as a
  task, ``await stop()``; its ``url`` goes into
* ``storage.redis_live.RedisLive(url)``: ``domain.ports.LiveStore``; ``await close()`` at the end;
* ``storage.sql.stores.open_stores(url)``: ``domain.ports.Stores`` on ``sqlite:///path`` or ``postgresql://...``;
* ``storage.memory.MemoryLive`` and ``storage.memory.MemoryStores``: the same without any server.
"""
