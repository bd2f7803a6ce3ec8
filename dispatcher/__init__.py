"""From orders and positions to who does what, and when."""
