"""What may be sold and made: master data and the shared kernel types."""
