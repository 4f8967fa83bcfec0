"""What LTX-2 can make and what it costs. Pure Python: no Django, no network."""
