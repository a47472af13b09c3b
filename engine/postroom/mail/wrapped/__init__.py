"""What other formats wrap: winmail.dat, signed and clear-signed mail."""
