"""Jobs behind Bedrock's OpenAI-compatible API."""
