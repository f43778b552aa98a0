"""What stands deployed on the server, and what the file asks for."""
