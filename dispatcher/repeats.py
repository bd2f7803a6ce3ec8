"""Requests that their sender may send again are done once, also while the first try is still on its way.

What lies longer ago is found in the store; what is under way is found here, until it is durable. That can be
long after its sender was told to try again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from dispatcher.journal import in_time

T = TypeVar("T")
Done = tuple[T, asyncio.Future[None] | None]
"""What came out, and when it is durable; None when it is already."""


class Repeats(Generic[T]):
    """The requests under way, by the key that comes again with a repetition."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Future[T]] = {}

    async def once(self, key: Hashable, do: Callable[[], Awaitable[Done[T]]]) -> T:
        """Return what ``do`` gave, or what it gave the request that came first, once that is durable.

        Args:
            key: the same for a request and its repetitions.
            do: must not wait between its change and its return.

        Raises:
            Unavailable: ``store_unavailable``, not durable in time, or the first try broke off; try again.
        """
        first = self._under_way.get(key)
        if first is None:
            first = await self._begin(key, do)
        return await in_time(first)

    async def _begin(self, key: Hashable, do: Callable[[], Awaitable[Done[T]]]) -> asyncio.Future[T]:
        first: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._under_way[key] = first
        first.add_done_callback(lambda _: self._under_way.pop(key))
        try:
            value, durable = await do()
        except BaseException:
            first.cancel()
            raise
        if durable is None:
            first.set_result(value)
        else:
            durable.add_done_callback(lambda done: _settle(first, value, done))
        return first


def _settle(first: asyncio.Future[T], value: T, durable: asyncio.Future[None]) -> None:
    if durable.cancelled() or durable.exception() is not None:
        first.cancel()
    else:
        first.set_result(value)
