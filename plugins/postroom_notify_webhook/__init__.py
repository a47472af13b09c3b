"""Tell a service on the web, and nobody inside our own network."""
