"""A stand-in for the paid API, over real HTTP on its own listener: for a first try without a key, and for tests.

It speaks the provider's documented protocol, takes nothing but time, and its videos are real files. `server.Sandbox`
runs it; `troubles` lists the words in a prompt that make it misbehave.
"""
