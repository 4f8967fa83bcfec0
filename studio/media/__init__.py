"""Bytes: what a file is, its poster, fetching links safely, serving ranges. Knows no other room and no settings."""
