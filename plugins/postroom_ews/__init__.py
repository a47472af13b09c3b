"""Mail from Exchange over Exchange Web Services (EWS)."""
