"""The CDK app: one construct per concern, put together in stack.py."""
