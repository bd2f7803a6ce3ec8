"""Backups: made beside a running server, whole, private; restored without what should be forgotten."""

import asyncio
import io
import stat
import tarfile

import pytest

from domain.ids import CourierId, DeviceId
from domain.ports import Tick
from storage import backup
from storage.backup import BackupError, back_up, restore
from storage.embedded import EmbeddedRedis
from storage.redis_live import RedisLive
from storage.sql.stores import open_stores
from tests.contract.samples import FLEET, NOON_MS, fleet, order, placed, point, position

ANA, PHONE = CourierId("c_ana"), DeviceId("phone")


@pytest.fixture
async def data_dir(tmp_path):
    """Give the data dir of a server that has a fleet, an order, two archived points and one in the stream."""
    folder = tmp_path / "data"
    redis = EmbeddedRedis(folder)
    await redis.start()
    live = RedisLive(redis.url)
    stores = await open_stores(f"sqlite:///{folder}/relevo.db")
    await stores.people.put_fleet(fleet())
    await stores.orders.save([placed(order())])
    await stores.tracks.archive(FLEET, [point(1, fix_at_ms=1000), point(2)], "1-0")
    tick = Tick(fleet=FLEET, points=(point(3),), positions=(position(),), seqs={(ANA, PHONE): 3})
    await live.write_tick(tick)
    (folder / "secret").write_text("signing key")
    yield folder
    await stores.close()
    await live.close()
    await redis.stop()


async def test_a_restored_server_has_everything_but_what_retention_forgets(data_dir, tmp_path):
    await asyncio.to_thread(back_up, data_dir, tmp_path / "b.tar.gz")
    new = tmp_path / "new"
    await asyncio.to_thread(restore, tmp_path / "b.tar.gz", new, forget_before_ms=NOON_MS)

    stores = await open_stores(f"sqlite:///{new}/relevo.db")
    redis = EmbeddedRedis(new)
    await redis.start()
    live = RedisLive(redis.url)
    assert await stores.people.fleets() == [fleet()]
    assert await stores.orders.find(FLEET, "o_1") == order()
    assert await stores.tracks.track(FLEET, ANA, 0, 2**62) == [point(2)]
    assert await live.positions(FLEET) == [position()]
    assert await live.last_seq(FLEET, ANA, PHONE) == 3
    assert (await live.read_points(FLEET, "0-0", 10))[1] == [point(3)]
    assert (new / "secret").read_text() == "signing key"
    await live.close()
    await redis.stop()
    await stores.close()


async def test_a_backup_is_for_its_owner_only_and_leaves_no_scraps(data_dir, tmp_path):
    before = set(tmp_path.iterdir())

    back_up(data_dir, tmp_path / "b.tar.gz")

    assert stat.S_IMODE((tmp_path / "b.tar.gz").stat().st_mode) == 0o600
    assert set(tmp_path.iterdir()) - before == {tmp_path / "b.tar.gz"}


async def test_a_backup_never_overwrites(data_dir, tmp_path):
    (tmp_path / "b.tar.gz").write_text("precious")

    with pytest.raises(BackupError, match="exists"):
        back_up(data_dir, tmp_path / "b.tar.gz")


async def test_a_restore_never_overwrites(data_dir, tmp_path):
    back_up(data_dir, tmp_path / "b.tar.gz")

    with pytest.raises(BackupError, match="not empty"):
        restore(tmp_path / "b.tar.gz", data_dir, forget_before_ms=0)


def test_a_folder_without_a_record_is_no_data_dir(tmp_path):
    with pytest.raises(BackupError, match="pg_dump"):
        back_up(tmp_path, tmp_path / "b.tar.gz")


async def test_redis_files_are_copied_again_when_they_change_under_the_copy(data_dir, tmp_path, monkeypatch):
    redis = EmbeddedRedis(data_dir)
    await redis.start()
    client = RedisLive(redis.url)._reader
    original, rewritten = backup.shutil.copyfile, []

    def copy_and_rewrite(source, target):
        if "appendonly" in source.name and len(rewritten) < 1:
            rewritten.append(source)
            source.unlink()  # as a rewrite that ended just now
        return original(source, target)

    await client.bgrewriteaof()
    while (await client.info("persistence"))["aof_rewrite_in_progress"]:  # noqa: ASYNC110 - a server's state
        await asyncio.sleep(0.01)
    manifest = data_dir / backup.REDIS_FILES / backup.REDIS_MANIFEST
    listed = manifest.read_text()
    monkeypatch.setattr(backup, "_COPY_ATTEMPTS", 2)
    monkeypatch.setattr(backup.shutil, "copyfile", copy_and_rewrite)

    with pytest.raises(BackupError, match="rewrote"):
        back_up(data_dir, tmp_path / "b.tar.gz")
    assert manifest.read_text() == listed
    await client.aclose()


@pytest.mark.parametrize("damage", ["cut", "changed", "not a tar", "outside", "empty"])
async def test_a_damaged_backup_is_refused_and_leaves_nothing(data_dir, tmp_path, damage):
    path = tmp_path / "b.tar.gz"
    back_up(data_dir, path)
    data = path.read_bytes()
    if damage == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "not a tar":
        path.write_bytes(b"x" * 4000)
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "changed":
        _rewrite(path, lambda name, text: text + b" " if name == "secret" else text)
    else:
        _rewrite(path, lambda name, text: text.replace(b'"secret"', b'"../escape"'))
    before = set(tmp_path.iterdir())

    with pytest.raises(BackupError):
        restore(path, tmp_path / "new", forget_before_ms=0)

    assert set(tmp_path.iterdir()) == before


def _rewrite(path, change) -> None:
    with tarfile.open(path) as tar:
        files = {m.name: tar.extractfile(m).read() for m in tar.getmembers()}
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            changed = change(name, text)
            info.size = len(changed)
            tar.addfile(info, io.BytesIO(changed))
