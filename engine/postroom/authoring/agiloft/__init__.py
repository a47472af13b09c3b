"""Take over Agiloft's settings of inbound mail: the properties `mail.agiloft.inbound.*`."""
