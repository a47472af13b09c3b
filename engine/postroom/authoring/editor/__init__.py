"""What an editor asks about rule files while somebody writes them."""
