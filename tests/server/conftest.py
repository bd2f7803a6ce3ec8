import pytest

from tests.server.harness import running


@pytest.fixture
async def backend(tmp_path):
    async with running(tmp_path) as backend:
        yield backend
