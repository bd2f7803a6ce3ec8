"""The Meal Delivery Routing Problem (Reyes et al. 2018) as a bench of the live planner."""
