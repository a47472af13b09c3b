"""Mail that is handed over: by receivers, and by `postroom deliver`."""
