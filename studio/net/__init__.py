"""Outbound HTTP that is bounded in time and size, and never led to an inside address."""
