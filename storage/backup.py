"""Back up a data dir while the server runs, and restore one: a tar.gz with a manifest and checksums.

The append-only files of the embedded Redis are copied first, then SQLite through its online backup. A
position acknowledged before the backup began is therefore in one of the two (what moved from the first to the
second meanwhile is in both, and is archived once). Records in PostgreSQL or a Redis elsewhere are left to
their own tools.

The file holds password hashes and personal data, so only its owner may read it.
"""

import hashlib
import os
import shutil
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path, PurePosixPath

import msgspec

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "relevo.db"
REDIS_FILES = "redis/appendonlydir"
REDIS_MANIFEST = "appendonly.aof.manifest"
_COPY_ATTEMPTS = 20


class BackupError(Exception):
    """The backup could not be made or used; the message says why."""


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a backup."""

    name: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds, and when (Unix UTC milliseconds) it was begun."""

    format: int
    made_at_ms: int
    files: tuple[StoredFile, ...]


def back_up(data_dir: Path, target: Path) -> Manifest:
    """Write a backup of ``data_dir`` to ``target``, also while the server runs. Blocks; call it in a thread.

    Raises:
        BackupError: there is no database in ``data_dir``, or ``target`` exists.
    """
    if not (data_dir / DATABASE).is_file():
        raise BackupError(
            f"{data_dir} holds no {DATABASE}; a record in PostgreSQL is backed up with pg_dump."
        )
    if target.exists():
        raise BackupError(f"{target} exists; choose another name.")
    made_at_ms = int(time.time() * 1000)
    with tempfile.TemporaryDirectory(dir=target.resolve().parent, prefix=".relevo-backup-") as name:
        folder = Path(name)
        _copy_redis(data_dir / REDIS_FILES, folder / REDIS_FILES)
        _copy_database(data_dir / DATABASE, folder / DATABASE)
        _copy_loose_files(data_dir, folder)
        manifest = Manifest(format=FORMAT, made_at_ms=made_at_ms, files=tuple(_describe(folder)))
        (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
        _pack(folder, manifest, target)
    return manifest


def restore(source: Path, data_dir: Path, *, forget_before_ms: int) -> Manifest:
    """Make ``data_dir`` from a backup; nothing is left behind when that fails. Blocks.

    Args:
        source: a file that ``back_up`` made.
        data_dir: must not exist or be empty.
        forget_before_ms: positions older than this (Unix UTC ms) do not come back: now less the retention.

    Raises:
        BackupError: ``data_dir`` is in use, or the backup is damaged or of an unknown format.
    """
    if data_dir.exists() and (not data_dir.is_dir() or any(data_dir.iterdir())):
        raise BackupError(f"{data_dir} is not empty; restore into a new folder.")
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=data_dir.resolve().parent, prefix=".relevo-restore-"))
    try:
        manifest = _unpack(source, folder)
        _forget(folder / DATABASE, forget_before_ms)
        if data_dir.exists():
            data_dir.rmdir()
        folder.rename(data_dir)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return manifest


def _copy_redis(source: Path, target: Path) -> None:
    """Copy a consistent set of append-only files; the server may rewrite them meanwhile, so look twice."""
    for _ in range(_COPY_ATTEMPTS):
        shutil.rmtree(target, ignore_errors=True)
        manifest = source / REDIS_MANIFEST
        if not manifest.exists():
            return
        target.mkdir(parents=True)
        listed = manifest.read_bytes()
        try:
            for line in listed.decode().splitlines():
                name = line.split()[1]
                shutil.copyfile(source / name, target / name)
        except FileNotFoundError:
            continue
        if manifest.read_bytes() == listed:
            (target / REDIS_MANIFEST).write_bytes(listed)
            return
    raise BackupError("Redis rewrote its files all the time; try again in a minute.")


def _copy_database(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.execute("PRAGMA busy_timeout=10000")
        live.backup(copy)


def _copy_loose_files(data_dir: Path, folder: Path) -> None:
    """Copy what else lies in the data dir itself, such as the signing key."""
    for path in data_dir.iterdir():
        if path.is_file() and not path.name.startswith(DATABASE):
            shutil.copyfile(path, folder / path.name)


def _describe(folder: Path) -> Iterator[StoredFile]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            yield StoredFile(name=name, bytes=path.stat().st_size, sha256=_digest(path))


def _pack(folder: Path, manifest: Manifest, target: Path) -> None:
    unfinished = folder / "backup.tar.gz"
    with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as out:
        with tarfile.open(fileobj=out, mode="w:gz", compresslevel=6) as tar:
            for name in (MANIFEST, *(file.name for file in manifest.files)):
                tar.add(folder / name, arcname=name)
        out.flush()
        os.fsync(out.fileno())
    unfinished.rename(target)


def _unpack(source: Path, folder: Path) -> Manifest:
    try:
        with tarfile.open(source, mode="r:gz") as tar:
            manifest = msgspec.json.decode(_member(tar, MANIFEST), type=Manifest)
            if manifest.format != FORMAT:
                raise BackupError(f"{source} has format {manifest.format}; this Relevo reads {FORMAT}.")
            for file in manifest.files:
                _unpack_file(tar, file, folder)
    except (tarfile.TarError, EOFError, OSError, KeyError, msgspec.MsgspecError) as error:
        raise BackupError(f"{source} is not a whole Relevo backup: {error}") from error
    return manifest


def _unpack_file(tar: tarfile.TarFile, file: StoredFile, folder: Path) -> None:
    name = PurePosixPath(file.name)
    if name.is_absolute() or ".." in name.parts:
        raise BackupError(f"The backup names a file outside itself: {file.name}")
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    member = tar.extractfile(file.name)
    if member is None:
        raise BackupError(f"{file.name} is not a file in the backup.")
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as out:
        shutil.copyfileobj(member, out)
    if _digest(path) != file.sha256:
        raise BackupError(f"{file.name} in the backup is damaged.")


def _forget(database: Path, before_ms: int) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as file:
        file.execute("PRAGMA secure_delete=ON")
        file.execute("DELETE FROM track_points WHERE fix_at_ms < ?", (before_ms,))


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    member = tar.extractfile(name)
    return member.read() if member else b""


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
