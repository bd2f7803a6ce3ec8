"""An invented city, virtual couriers and replays of real days, through the public interfaces only."""
