"""The function that Bedrock invokes."""
