"""Letters as mail: for every notifier that sends a message of RFC 5322."""
