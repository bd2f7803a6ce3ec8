import pytest

from tests.relevo_process import RelevoProcess


class Coop:
    """A fleet on a running server, with tokens for everybody."""

    def __init__(self, server: RelevoProcess, slug: str) -> None:
        self.server = server
        self.slug = slug
        admin = server.admin
        admin(
            "fleet",
            "add",
            slug,
            "--name",
            f"Co-op {slug}",
            "--lon=-99.17",
            "--lat=19.41",
            "--tz=America/Mexico_City",
        )
        self.owner = admin("token", "create", "--role", "owner", "--fleet", slug)["token"]
        self.dispatcher = admin("token", "create", "--role", "dispatcher", "--fleet", slug)["token"]
        self.shop = admin("token", "create", "--role", "shop", "--fleet", slug)["token"]

    def courier(self, name: str, *options: str) -> tuple[str, str]:
        """Add a courier; return id and token."""
        courier_id = self.server.admin("courier", "add", self.slug, name, *options)["courier_id"]
        made = self.server.admin(
            "token", "create", "--role", "courier", "--fleet", self.slug, "--courier", courier_id
        )
        return courier_id, made["token"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    process = RelevoProcess(tmp_path_factory.mktemp("relevo") / "data").start()
    yield process
    assert process.stop() == 0


@pytest.fixture(scope="module")
def coop(server):
    return Coop(server, "condesa")


@pytest.fixture(scope="module")
def other_coop(server):
    return Coop(server, "roma")


@pytest.fixture(scope="module")
def fast_coop(tmp_path_factory):
    """A fleet on a server whose clock runs twenty times faster, so that a ride takes seconds."""
    process = RelevoProcess(tmp_path_factory.mktemp("relevo") / "fast", "--time-scale", "20").start()
    yield Coop(process, "veloz")
    assert process.stop() == 0
