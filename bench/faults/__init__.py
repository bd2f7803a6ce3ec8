"""Kill the server and its Redis at random moments while couriers stream and shops order, then count.

``python -m bench.faults --rounds 50 --couriers 200``. Everything is real: processes, sockets, files. What a
phone heard as acknowledged must be in the archived track exactly once; what a shop heard as accepted must be
one order. The phones and shops here speak only the published wire.
"""
