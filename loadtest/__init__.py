"""Peak-hour load over the public wire with Locust. Imports nothing of the server but the declared frames."""
