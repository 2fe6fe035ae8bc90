"""What the areas answer in Slack: commands, buttons and forms of each in a file of its own."""
