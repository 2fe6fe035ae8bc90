"""How we talk with Slack: connections, limits, shapes of payloads, safe text."""
