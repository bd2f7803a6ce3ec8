"""Street servers of our own: OSRM's programs on an OpenStreetMap extract, as children on the loopback.

``network`` is the entry: per vehicle it keeps a dataset built (``dataset``) and a server of it running
(``sidecar``). Everything happens beside dispatch, which goes by straight lines until a server answers and
whenever it does not.
"""
