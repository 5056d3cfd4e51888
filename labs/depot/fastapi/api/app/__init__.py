"""Depot's API."""
