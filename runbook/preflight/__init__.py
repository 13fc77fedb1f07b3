"""What can be told before anything is changed: permissions, credentials, the source trees, and who reaches whom."""
