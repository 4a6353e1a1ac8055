"""What was built and how it lives on."""
