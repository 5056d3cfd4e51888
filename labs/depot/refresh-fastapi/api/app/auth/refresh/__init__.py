"""Refresh tokens: how they are made, kept, used and ended."""
