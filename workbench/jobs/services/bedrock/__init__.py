"""Amazon Bedrock's own jobs."""
