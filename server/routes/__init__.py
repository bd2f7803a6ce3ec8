"""REST handlers: each module lists its endpoints; ``server.endpoints`` joins the lists."""
