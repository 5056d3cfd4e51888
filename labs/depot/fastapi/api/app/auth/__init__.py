"""Accounts, sessions, signing up and in."""
