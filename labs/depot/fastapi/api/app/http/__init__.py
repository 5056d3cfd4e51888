"""What every route shares: bodies, errors, health, request ids."""
