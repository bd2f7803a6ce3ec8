"""Sockets: frames, authentication, fan-out. Knows aiohttp; knows neither Redis nor SQL nor the solver."""
