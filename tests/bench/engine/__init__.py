"""How well the worker follows many takes at once, beside a bare loop of the same design."""
