"""The only package that knows Redis and SQL.

``server.wiring`` uses:

* ``storage.embedded.EmbeddedRedis(data_dir, fsync=, maxmemory=)``: ``await start()``, ``supervise()`` as a
  task, ``await stop()``; its ``url`` goes into
* ``storage.redis_live.RedisLive(url)``: ``domain.ports.LiveStore``; ``await close()`` at the end;
* ``storage.sql.stores.open_stores(url)``: ``domain.ports.Stores`` on ``sqlite:///path`` or ``postgresql://...``;
* ``storage.memory.MemoryLive`` and ``storage.memory.MemoryStores``: the same without any server.

``relevo export | import | backup | restore`` use:

* ``storage.exchange.export_fleet(stores, fleet, tracks=)``: an async iterator of JSON lines (bytes);
* ``await storage.exchange.import_fleet(stores, lines)``: how many of each kind were taken in;
* ``storage.backup.back_up(data_dir, target)``: blocks; beside a running server or without one;
* ``storage.backup.restore(source, data_dir, forget_before_ms=)``: blocks; into a new or empty folder.

``back_up`` and ``restore`` raise ``storage.backup.BackupError``, the others ``domain.errors``.
"""
