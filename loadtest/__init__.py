"""Peak-hour load with Locust, over the public wire only."""
