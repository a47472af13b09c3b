"""Have ClamAV look for malware in mail."""
