"""Moving tokens between people, pools and the company."""
