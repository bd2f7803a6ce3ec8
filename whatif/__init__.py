"""What would have happened: days in simulated time, through the very desk that serves live traffic."""
