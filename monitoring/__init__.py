"""What is deployed: unauthorized API calls in an AWS account are noticed by a person."""
