"""What an editor asks in its protocol, answered by the modules above."""
