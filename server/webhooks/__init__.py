"""Telling shops' own systems what happened to their orders: Standard Webhooks."""
