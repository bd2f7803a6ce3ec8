"""The process: settings, wiring, routes, command line."""
