"""One module per screen. Views read, ask the models to change, and answer at once; they never wait for the network."""
