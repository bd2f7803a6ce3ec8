"""How long ways take."""
