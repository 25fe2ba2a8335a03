"""What an operator sees of the running service: request IDs, logs, metrics."""
